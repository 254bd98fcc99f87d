# A program of the project: build/<preset>/NAME, with nothing but libc (and libm) shared.
function(walkit_program target)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  walkit_own_runtime(${target})
endfunction()

# The compiler's libraries become part of the target.
#
# Sanitizers bring a shared runtime that must see the same libstdc++ as the program, so they keep it shared.
function(walkit_own_runtime target)
  if(NOT WALKIT_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()
