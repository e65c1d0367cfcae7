# For CMAKE_TOOLCHAIN_FILE: the addon for Windows, compiled on Linux by clang against mingw-w64 (Debian and Ubuntu: clang,
# lld, g++-mingw-w64-x86-64-posix). Not by its gcc, which puts vectors of 32 bytes on a stack that is aligned to 16.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_CXX_COMPILER clang++)
set(CMAKE_CXX_COMPILER_TARGET x86_64-w64-mingw32)

# clang does not know where Debian keeps the C++ library with threads.
execute_process(
  COMMAND x86_64-w64-mingw32-g++-posix -print-libgcc-file-name
  OUTPUT_VARIABLE LIBGCC OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
get_filename_component(GCC_FOLDER ${LIBGCC} DIRECTORY)
set(CXX_HEADERS ${GCC_FOLDER}/include/c++)
set(CMAKE_CXX_FLAGS_INIT
    "-stdlib++-isystem ${CXX_HEADERS} -cxx-isystem ${CXX_HEADERS}/x86_64-w64-mingw32 -B${GCC_FOLDER}")
foreach(kind EXE MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT -L${GCC_FOLDER})
endforeach()
