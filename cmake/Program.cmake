# A program of the project: build/<preset>/NAME, with nothing but libc (and libm) shared.
function(walkit_program target)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  walkit_own_runtime(${target})
endfunction()

# A module NAME.so beside the programs: what needs a library that they shall not need.
function(walkit_module target name)
  add_library(${target} MODULE ${ARGN})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  target_compile_definitions(${target} PRIVATE WALKIT_VERSION="${PROJECT_VERSION}")
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  walkit_own_runtime(${target})
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL)  # its own libstdc++ is nobody else's
endfunction()

# The compiler's libraries become part of the target.
#
# Sanitizers bring a shared runtime that must see the same libstdc++ as the program, so they keep it shared.
function(walkit_own_runtime target)
  if(NOT WALKIT_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()
