# walkit_fuzzer(NAME LIBRARIES...): the fuzz target fuzz/NAME_fuzz.cc, which defines LLVMFuzzerTestOneInput, as the
# executable fuzz_NAME.
#
# With WALKIT_LIBFUZZER libFuzzer drives it (`./dev fuzz`). Otherwise fuzz/replay_main.cc runs it over
# fuzz/corpus/NAME as an ordinary test, so that what a fuzzer once found never comes back.
function(walkit_fuzzer name)
  add_executable(fuzz_${name} ${name}_fuzz.cc)
  target_link_libraries(fuzz_${name} PRIVATE ${ARGN})
  if(WALKIT_LIBFUZZER)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE replay_main.cc)
    add_test(NAME ${WALKIT_TEST_PREFIX}fuzz.${name}
             COMMAND fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(${WALKIT_TEST_PREFIX}fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
  endif()
endfunction()
