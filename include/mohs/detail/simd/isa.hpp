#pragma once

/// \file
/// Instruction sets: their tags, their detection, and the only functions of the library that carry target attributes.
///
/// Everything below this file is written once, as `always_inline` templates on a tag. `enter` is compiled for the
/// instruction set of its tag and inlines the code it is given, so the user builds with plain -O2 and still runs AVX2
/// or AVX-512.
///
/// `with_isa` has to be called inside every task body. Functions outlined by OpenMP and calls through a type-erased
/// executor do not inherit a target, and the loss would be silent.

#include <mohs/types.hpp>

#include <stdexcept>

namespace mohs::inline MOHS_ABI::detail::isa {

/// A tag owns the shape of the register tile: `rows` x (`vectors` x lanes) accumulators. `rows` divides the panel
/// width, so that one packed copy serves both operands. `depth` is the length of a k-block in bytes of one row: two
/// panels of that depth stay in the L1 cache. `cached` is how many bytes of panels stay in the L2 cache, which is 1 MiB
/// where AVX-512 is, and 512 KiB elsewhere, next to a panel that is streamed past them.
struct Portable {
    static constexpr IsaLevel level = IsaLevel::portable;
    static constexpr int bytes = 0, rows = 8, vectors = 16, depth = 4096, cached = 320 << 10;
};

#if MOHS_GNU_VECTORS
struct Baseline {
    static constexpr IsaLevel level = IsaLevel::baseline;
#if defined(__aarch64__)
    static constexpr int bytes = 16, rows = 4, vectors = 4, depth = 1024, cached = 320 << 10;
#else
    static constexpr int bytes = 16, rows = 4, vectors = 2, depth = 1024, cached = 320 << 10;
#endif
};
#endif

#if MOHS_X86
struct Avx2 {
    static constexpr IsaLevel level = IsaLevel::avx2;
    static constexpr int bytes = 32, rows = 4, vectors = 3, depth = 1024, cached = 320 << 10;
};

struct Avx512 {
    static constexpr IsaLevel level = IsaLevel::avx512;
    static constexpr int bytes = 64, rows = 8, vectors = 3, depth = 512, cached = 640 << 10;
};
#endif

template <class Function>
MOHS_NOINLINE void enter(Portable isa, const Function& function)
{
    function(isa);
}

#if MOHS_GNU_VECTORS
template <class Function>
MOHS_NOINLINE void enter(Baseline isa, const Function& function)
{
    function(isa);
}
#endif

#if MOHS_X86
template <class Function>
__attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt"))) MOHS_NOINLINE void enter(Avx2 isa, const Function& function)
{
    function(isa);
}

template <class Function>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2,popcnt"))) MOHS_NOINLINE void enter(
    Avx512 isa, const Function& function)
{
    function(isa);
}
#endif

/// Whether this machine and its operating system run `level`.
inline bool is_available(IsaLevel level)
{
    switch (level) {
        case IsaLevel::automatic:
        case IsaLevel::portable: return true;
        case IsaLevel::baseline: return MOHS_GNU_VECTORS != 0;
#if MOHS_X86
        case IsaLevel::avx2:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") &&
                   __builtin_cpu_supports("popcnt");
        case IsaLevel::avx512:
            return is_available(IsaLevel::avx2) && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
#endif
        default: return false;
    }
}

/// The level to use when `requested` is asked for. Throws std::invalid_argument if this machine does not run it.
inline IsaLevel resolve(IsaLevel requested)
{
    if (requested != IsaLevel::automatic) {
        if (!is_available(requested)) {
            throw std::invalid_argument(
                "mohs::Options: isa: this machine, or this build, does not run the requested level");
        }
        return requested;
    }
    static const IsaLevel best = is_available(IsaLevel::avx512)     ? IsaLevel::avx512
                                 : is_available(IsaLevel::avx2)     ? IsaLevel::avx2
                                 : is_available(IsaLevel::baseline) ? IsaLevel::baseline
                                                                    : IsaLevel::portable;
    return best;
}

/// Calls `function(tag)` in code compiled for `level`, which must come from `resolve`. The call operator has to be
/// always_inline.
template <class Function>
MOHS_ALWAYS_INLINE void with_isa(IsaLevel level, const Function& function)
{
    switch (level) {
#if MOHS_X86
        case IsaLevel::avx512: return enter(Avx512{}, function);
        case IsaLevel::avx2: return enter(Avx2{}, function);
#endif
#if MOHS_GNU_VECTORS
        case IsaLevel::baseline: return enter(Baseline{}, function);
#endif
        default: return enter(Portable{}, function);
    }
}

/// Runs a kernel, a function object that takes any tag. Kernels are shared by all that run them: the callers are
/// compiled once, not once per instruction set.
template <class Kernel>
MOHS_NOINLINE void run(IsaLevel level, const Kernel& kernel)
{
    with_isa(level, kernel);
}

}  // namespace mohs::inline MOHS_ABI::detail::isa
