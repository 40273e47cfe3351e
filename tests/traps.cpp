#include "traps.hpp"

#if defined(__linux__) && defined(__x86_64__)
#include <cfenv>
#include <cstdlib>

namespace {

// Threads inherit it.
[[maybe_unused]] const int trapping =
    std::getenv("MOHS_TRAP") == nullptr ? 0 : feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);

}  // namespace

Untrapped::Untrapped() : trapped_(fedisableexcept(FE_ALL_EXCEPT)) {}

Untrapped::~Untrapped()
{
    std::feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(trapped_);
}
#else
Untrapped::Untrapped() = default;
Untrapped::~Untrapped() = default;
#endif
