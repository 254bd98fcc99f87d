# `cmake --install`: the program and its modules, and walkit::walreader for `find_package(walkit)`. Headers land under
# include/walkit, so that a consumer writes #include "walreader/record.h" as the project itself does.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/walkit)

install(TARGETS walreader EXPORT walkitTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/walreader DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/walkit
        FILES_MATCHING PATTERN "*.h")
install(EXPORT walkitTargets NAMESPACE walkit:: DESTINATION ${package_dir})

write_basic_package_version_file(${PROJECT_BINARY_DIR}/walkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/walkitConfig.cmake ${PROJECT_SOURCE_DIR}/cmake/StaticLibraries.cmake
              ${PROJECT_BINARY_DIR}/walkitConfigVersion.cmake
        DESTINATION ${package_dir})

if(TARGET walkit)
  install(TARGETS walkit RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS walkit_pg walkit_kafka LIBRARY DESTINATION lib/walkit)  # where tools/module.cc looks, from bin
  set(made ${PROJECT_BINARY_DIR}/tools)
  install(FILES ${made}/walkit.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/walkit.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME walkit)
  install(FILES ${made}/_walkit DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${made}/walkit.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
