# walkit_static_library(NAME ARCHIVE HEADER PACKAGE): walkit::NAME, the static archive of a system package.
#
# Used twice: by this build, and by walkitConfig.cmake in the installed package, so that whoever links
# walkit::walreader gets the decompressors it needs. Static, because shared libraries are most of what starting a process
# costs, and an archive_command starts one for each segment.

function(walkit_static_library name archive header package)
  if(TARGET walkit::${name})
    return()
  endif()
  find_library(WALKIT_${name}_ARCHIVE NAMES ${archive})
  find_path(WALKIT_${name}_INCLUDE NAMES ${header})
  mark_as_advanced(WALKIT_${name}_ARCHIVE WALKIT_${name}_INCLUDE)
  if(NOT WALKIT_${name}_ARCHIVE OR NOT WALKIT_${name}_INCLUDE)
    message(FATAL_ERROR "walkit needs ${archive} and ${header} (on Debian: apt install ${package})")
  endif()
  add_library(walkit::${name} STATIC IMPORTED GLOBAL)
  set_target_properties(walkit::${name} PROPERTIES
    IMPORTED_LOCATION ${WALKIT_${name}_ARCHIVE}
    INTERFACE_INCLUDE_DIRECTORIES ${WALKIT_${name}_INCLUDE})
endfunction()

walkit_static_library(zstd libzstd.a zstd.h libzstd-dev)
walkit_static_library(lz4 liblz4.a lz4.h liblz4-dev)
