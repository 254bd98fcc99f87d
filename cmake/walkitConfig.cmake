# find_package(walkit) gives walkit::walreader, the decoder of PostgreSQL's write-ahead log.
include(${CMAKE_CURRENT_LIST_DIR}/StaticLibraries.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/walkitTargets.cmake)
