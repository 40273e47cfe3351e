#pragma once

/// \file
/// Running workers of work on OpenMP, on the user's executor, or on the calling thread.

#include <mohs/detail/base/check.hpp>
#include <mohs/options.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace mohs::inline MOHS_ABI::detail {

inline void check_threads(const Options& options)
{
    if (options.threads < 0) {
        throw_bad_value("Options: threads", options.threads, "at least 0");
    }
}

/// Workers worth starting for `tasks` pieces of work.
inline int worker_count(const Options& options, Index tasks)
{
    check_threads(options);
    int workers = options.threads;
    if (workers == 0) {
        if (options.executor) {
            workers = 16;
        } else {
#if defined(_OPENMP)
            workers = omp_in_parallel() != 0 ? 1 : omp_get_max_threads();
#else
            workers = 1;
#endif
        }
    }
#if !defined(_OPENMP)
    if (!options.executor) {
        workers = 1;
    }
#endif
    return static_cast<int>(std::clamp<Index>(tasks, 1, workers));
}

/// Keeps the first exception of the workers, and tells the others to stop.
class FirstException {
public:
    template <class Body>
    void run(Body&& body) noexcept
    {
        try {
            body();
        } catch (...) {
            if (!taken_.exchange(true)) {
                exception_ = std::current_exception();
            }
        }
    }
    [[nodiscard]] bool failed() const { return taken_.load(std::memory_order_relaxed); }
    /// Only after all workers have ended.
    void rethrow() const
    {
        if (exception_) {
            std::rethrow_exception(exception_);
        }
    }

private:
    std::atomic<bool> taken_{false};
    std::exception_ptr exception_;
};

/// Calls `body(worker)` for every worker, then rethrows the first exception on the calling thread. `body` has to enter
/// its instruction set itself. Throws std::invalid_argument if the executor returns before all workers have ended.
template <class Body>
void run_workers(const Options& options, int workers, FirstException& first, const Body& body)
{
    if (workers <= 1) {
        body(0);
        return;
    }
    if (options.executor) {
        // One pointer: std::function keeps it without allocating.
        struct Call {
            const Body& body;
            FirstException& first;
            const int workers;
            std::atomic<int> begun{0}, ended{0};
        } call{body, first, workers};
        // Named, so that it is there while workers are at work.
        const std::function<void(Index)> run_next = [&call](Index) {
            // Workers own scratch memory, so each runs once, whatever number the executor passes and however often.
            const int worker = call.begun.fetch_add(1, std::memory_order_relaxed);
            if (worker < call.workers) {
                call.first.run([&] { call.body(worker); });
                call.ended.fetch_add(1, std::memory_order_release);
            }
        };
        options.executor(workers, run_next);
        // A worker that is still at work uses what the caller owns. Only executors that break their promise get here, so
        // that this spins does no harm.
        const int begun = (std::min)(call.begun.load(std::memory_order_acquire), workers);
        while (call.ended.load(std::memory_order_acquire) < begun) {
        }
        first.rethrow();
        const int ended = call.ended.load(std::memory_order_acquire);
        if (ended != workers) {
            throw_invalid("Options: the executor ran " + std::to_string(ended) + " of " + std::to_string(workers) +
                          " bodies, but has to run all of them before it returns");
        }
    } else {
#if defined(_OPENMP)
#pragma omp parallel for num_threads(workers) schedule(static, 1)
        for (int worker = 0; worker < workers; ++worker) {
            first.run([&] { body(worker); });
        }
#endif
    }
    first.rethrow();
}

/// Calls `body(task, worker)` for every task in [0, tasks), each once, on the workers that come for it. Workers are those
/// of `worker_count(options, tasks)`.
template <class Body>
void parallel_for(const Options& options, Index tasks, const Body& body)
{
    std::atomic<Index> next{0};
    FirstException first;
    run_workers(options, worker_count(options, tasks), first, [&](int worker) {
        for (Index task = next.fetch_add(1); task < tasks && !first.failed(); task = next.fetch_add(1)) {
            body(task, worker);
        }
    });
}

/// Number i of 0 .. count - 1 in an order that jumps about, so that data that gets harder and harder is not offered row
/// by row.
inline Index scattered(Index i, Index count)
{
    // Steps of the golden ratio leave the largest gaps between neighbours for any number of steps.
    Index step = std::max<Index>(1, count * 618 / 1000);
    while (std::gcd(step, count) != 1) {
        ++step;
    }
    return i * step % count;
}

/// Hands out the pairs (i, j), i <= j, of `blocks` blocks such that no two workers hold the same block at a time: what
/// a task writes about the rows of its two blocks needs no lock.
///
/// Round r holds the pairs with i + j = r modulo `blocks`. They are disjoint, so workers rarely wait; and an anchor
/// does not meet its candidates in ascending order, which keeps data that gets harder and harder from being offered
/// row by row.
class PairSchedule {
public:
    /// `held` is scratch, one element per block.
    PairSchedule(Index blocks, std::span<std::uint8_t> held)
        : blocks_(blocks), held_(reinterpret_cast<Flag*>(held.data()))
    {
        static_assert(sizeof(Flag) == 1 && std::is_trivially_destructible_v<Flag>);
        for (std::size_t block = 0; block < held.size(); ++block) {
            std::construct_at(held_ + block, std::uint8_t{0});
        }
    }

    /// Calls `body(i, j)` until no pairs are left.
    template <class Body>
    void work(const FirstException& first, const Body& body)
    {
        // Slot t of round r is i = t, j = (r - t) mod blocks; of (i, j) and (j, i) the ordered one counts.
        for (Index slot = next_.fetch_add(1); slot < blocks_ * blocks_ && !first.failed(); slot = next_.fetch_add(1)) {
            const Index round = slot / blocks_, i = slot % blocks_, j = (round - i + blocks_) % blocks_;
            if (i <= j) {
                const Hold low(held_[i]);
                if (i == j) {
                    body(i, j);
                } else {
                    const Hold high(held_[j]);
                    body(i, j);
                }
            }
        }
    }

private:
    /// Not std::atomic_ref: libc++ has none before 19.
    using Flag = std::atomic<std::uint8_t>;

    /// Blocks are taken in ascending order, so workers cannot wait in a circle.
    class Hold {
    public:
        explicit Hold(Flag& flag) : flag_(flag)
        {
            while (flag_.exchange(1, std::memory_order_acquire) != 0) {
                flag_.wait(1, std::memory_order_relaxed);
            }
        }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        ~Hold()
        {
            flag_.store(0, std::memory_order_release);
            flag_.notify_one();
        }

    private:
        Flag& flag_;
    };

    Index blocks_;
    Flag* held_;
    std::atomic<Index> next_{0};
};

}  // namespace mohs::inline MOHS_ABI::detail
