// With MOHS_TRAP in the environment, what raises a floating-point exception in a test ends that test. Threads inherit it.

#if defined(__linux__) && defined(__x86_64__)
#include <cfenv>
#include <cstdlib>

namespace {

[[maybe_unused]] const bool trapping = [] {
    const bool wanted = std::getenv("MOHS_TRAP") != nullptr;
    if (wanted) {
        feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
    }
    return wanted;
}();

}  // namespace
#endif
