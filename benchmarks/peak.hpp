#pragma once

/// \file
/// The multiply-add peak of one core: a loop that does nothing else, for every instruction set.
///
/// All operands stay in registers. That has been looked at in the machine code of GCC 12 and Clang 14 at -O2: see
/// README.md, and look again after every change here.

#include <mohs/detail/simd/isa.hpp>
#include <mohs/detail/simd/vec.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <vector>

namespace bench {

using mohs::IsaLevel;

/// Processor time of the calling thread, in seconds; wall-clock time where the system does not tell. Differs from the
/// latter only when other programs want the core too.
inline double thread_seconds()
{
#if defined(CLOCK_THREAD_CPUTIME_ID)
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#else
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
#endif
}

inline double wall_seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The tag whose registers a level computes with. The portable path is Eigen's, whose vectors are those that the
/// including file is compiled for: with plain -O2 the baseline's.
#if MOHS_GNU_VECTORS
using PortablePeak = mohs::detail::isa::Baseline;
#else
using PortablePeak = mohs::detail::isa::Portable;
#endif

/// `chains` independent chains of multiply-adds. Twelve hide a latency of 4 cycles on two pipes with room to spare.
/// Without FMA a link of a chain is a multiplication and an addition, 6 to 8 cycles, which takes fourteen; with the two
/// operands that is all of 16 registers.
template <class Isa, class T>
struct MultiplyAdds {
    static constexpr int chains = 14;
    static constexpr double flops_per_step = 2.0 * chains * mohs::detail::lanes<Isa, T>;

    std::int64_t steps;
    const T* start;  ///< chains + 2 numbers that the compiler does not know, or it would merge the chains
    T* sum;

    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        using Vec = mohs::detail::Vec<Isa, T>;
        Vec chain[chains], factor, addend;
        mohs::detail::splat<Isa, T>(factor, start[chains]);
        mohs::detail::splat<Isa, T>(addend, start[chains + 1]);
        MOHS_UNROLL
        for (int c = 0; c < chains; ++c) {
            mohs::detail::splat<Isa, T>(chain[c], start[c]);
        }
        for (std::int64_t step = 0; step < steps; ++step) {
            MOHS_UNROLL
            for (int c = 0; c < chains; ++c) {
                chain[c] = chain[c] * factor + addend;
            }
        }
        MOHS_UNROLL
        for (int c = 1; c < chains; ++c) {
            chain[0] += chain[c];
        }
        T lanes[sizeof(Vec) / sizeof(T)];
        std::memcpy(lanes, &chain[0], sizeof(Vec));
        for (const T lane : lanes) {
            *sum += lane;
        }
    }
};

namespace detail {

template <class T, class Isa>
double burst(Isa isa)
{
    using Loop = MultiplyAdds<Isa, T>;
    // Values stay near 1: neither overflow nor denormal numbers slow anything down.
    std::vector<T> start;
    for (int c = 0; c < Loop::chains; ++c) {
        start.push_back(static_cast<T>(1 + 0.01 * c));
    }
    start.push_back(static_cast<T>(0.999));
    start.push_back(static_cast<T>(0.001));
    T sum = 0;
    const Loop loop{static_cast<std::int64_t>(1e8 / Loop::flops_per_step), start.data(), &sum};
    mohs::detail::isa::enter(isa, loop);
    const volatile T keep = sum;
    static_cast<void>(keep);
    return static_cast<double>(loop.steps) * Loop::flops_per_step;
}

}  // namespace detail

/// Runs the loop for about a millisecond; returns the operations done, two per multiply-add.
template <class T>
double multiply_adds(IsaLevel level)
{
    namespace isa = mohs::detail::isa;
    switch (isa::resolve(level)) {
#if MOHS_X86
        case IsaLevel::avx512: return detail::burst<T>(isa::Avx512{});
        case IsaLevel::avx2: return detail::burst<T>(isa::Avx2{});
#endif
#if MOHS_GNU_VECTORS
        case IsaLevel::baseline: return detail::burst<T>(isa::Baseline{});
#endif
        default: return detail::burst<T>(PortablePeak{});
    }
}

/// Operations per second of `threads` cores at once, measured now. Each thread is timed for itself, so that neither
/// waking the others nor other programs count.
template <class T>
double measure_peak(IsaLevel level, int threads = 1)
{
    double rate = 0;
#if defined(_OPENMP)
#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : rate) if (threads > 1)
#endif
    for (int thread = 0; thread < threads; ++thread) {
        const double begin = thread_seconds(), flops = multiply_adds<T>(level);
        rate += flops / (thread_seconds() - begin);
    }
    return rate;
}

}  // namespace bench
