// What an exception that nobody catches ends in. libstdc++'s own handler names its type by a demangler of 50 kB, which is
// not linked where this one stands in for it.
#include <cstdio>
#include <cstdlib>
#include <exception>

#if defined(__GLIBCXX__)
void __gnu_cxx::__verbose_terminate_handler() {
  std::fputs("secateur: an exception was not caught\n", stderr);
  std::abort();
}
#endif
