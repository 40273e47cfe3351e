#include <mohs/detail/base/parallel.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

using mohs::Executor;
using mohs::Index;
using mohs::Options;
using mohs::detail::FirstException;
using mohs::detail::PairSchedule;
using mohs::detail::parallel_for;
using mohs::detail::run_workers;
using mohs::detail::worker_count;

namespace {

Options with_executor(int threads, int bodies = 0)
{
    Options options;
    options.threads = bodies == 0 ? threads : bodies;
    options.executor = reference::thread_executor(threads);
    return options;
}

Options with_threads(int threads)
{
    Options options;
    options.threads = threads;
    return options;
}

/// Serial, OpenMP where there is one, std::thread, and an executor that runs backwards.
std::vector<Options> all_ways()
{
    std::vector<Options> ways = {with_threads(1),  with_threads(2),  with_threads(3),    with_executor(1),
                                 with_executor(2), with_executor(3), with_executor(2, 7)};
    ways.push_back(with_threads(4));
    ways.back().executor = reference::backward_executor();
    return ways;
}

/// Runs the pairs of `blocks` blocks on `threads` threads. Returns how often each pair (i, j) was handed out, at i *
/// blocks + j, and counts the meetings of two workers at one block.
std::vector<int> hand_out(Index blocks, int threads, int& meetings, std::chrono::microseconds pause)
{
    const auto size = static_cast<std::size_t>(blocks);
    std::vector<std::uint8_t> held(size, 1);
    std::vector<int> pairs(size * size, 0);
    std::vector<std::atomic<int>> users(size);
    std::atomic<int> met{0};
    std::mutex mutex;
    PairSchedule schedule(blocks, held);
    FirstException first;
    run_workers(with_executor(threads), threads, first, [&](int) {
        schedule.work(first, [&](Index i, Index j) {
            const auto low = static_cast<std::size_t>(i), high = static_cast<std::size_t>(j);
            met += users[low]++ != 0;
            met += low != high && users[high]++ != 0;
            {
                const std::lock_guard<std::mutex> lock(mutex);
                ++pairs[low * size + high];
            }
            std::this_thread::sleep_for(pause);
            --users[low];
            if (low != high) {
                --users[high];
            }
        });
    });
    meetings = met;
    return pairs;
}

struct Failure : std::runtime_error {
    explicit Failure(Index at) : std::runtime_error("failure"), task(at) {}
    Index task;
};

}  // namespace

TEST_CASE("workers are as many as asked for but not more than there are tasks", "[threads]")
{
    REQUIRE(worker_count(with_executor(3), 100) == 3);
    REQUIRE(worker_count(with_executor(3), 2) == 2);
    REQUIRE(worker_count(with_executor(3), 0) == 1);
    REQUIRE(worker_count(with_threads(1), 100) == 1);
    Options any_number;
    any_number.executor = reference::backward_executor();
    REQUIRE(worker_count(any_number, 100) == 16);
    REQUIRE(worker_count(any_number, 5) == 5);
    REQUIRE(worker_count(Options{}, 100) >= 1);
#if defined(_OPENMP)
    REQUIRE(worker_count(with_threads(3), 100) == 3);
#else
    REQUIRE(worker_count(with_threads(3), 100) == 1);
#endif
}

TEST_CASE("a negative number of threads is refused")
{
    REQUIRE_THROWS_AS(worker_count(with_threads(-1), 10), std::invalid_argument);
    REQUIRE_THROWS_AS(worker_count(with_threads(-1), 0), std::invalid_argument);
}

TEST_CASE("every task runs once on a worker that exists")
{
    for (const Options& options : all_ways()) {
        for (const Index tasks : {0, 1, 2, 3, 17, 1000}) {
            std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
            std::atomic<int> bad_lanes{0};
            const int workers = worker_count(options, tasks);
            parallel_for(options, tasks, [&](Index task, int worker) {
                ++runs[static_cast<std::size_t>(task)];
                bad_lanes += worker < 0 || worker >= workers;
            });
            REQUIRE(bad_lanes == 0);
            REQUIRE(std::all_of(runs.begin(), runs.end(), [](const std::atomic<int>& count) { return count == 1; }));
        }
    }
}

TEST_CASE("two tasks of one worker never overlap", "[threads]")
{
    for (const Options& options : {with_executor(2), with_executor(3, 8)}) {
        std::vector<std::atomic<int>> busy(16);
        std::atomic<int> overlaps{0};
        parallel_for(options, 200, [&](Index, int worker) {
            overlaps += busy[static_cast<std::size_t>(worker)]++ != 0;
            std::this_thread::yield();
            --busy[static_cast<std::size_t>(worker)];
        });
        REQUIRE(overlaps == 0);
    }
}

TEST_CASE("an exception of a task reaches the caller as it is")
{
    for (const Options& options : all_ways()) {
        for (const Index bad : {0, 1, 49, 99}) {
            Index caught = -1;
            try {
                parallel_for(options, 100, [&](Index task, int) {
                    if (task == bad) {
                        throw Failure(task);
                    }
                });
            } catch (const Failure& failure) {
                caught = failure.task;
            }
            REQUIRE(caught == bad);
        }
    }
}

TEST_CASE("when all tasks throw one exception reaches the caller", "[threads]")
{
    for (const Options& options : {with_executor(2), with_executor(3), with_executor(2, 9)}) {
        REQUIRE_THROWS_AS(parallel_for(options, 100, [&](Index task, int) { throw Failure(task); }), Failure);
    }
}

TEST_CASE("an exception that is no std::exception is kept too", "[threads]")
{
    int caught = 0;
    try {
        parallel_for(with_executor(2), 10, [](Index task, int) {
            if (task == 3) {
                throw 42;
            }
        });
    } catch (const int value) {
        caught = value;
    }
    REQUIRE(caught == 42);
}

TEST_CASE("an exception ends the work")
{
    // Backwards, one body after the other: whatever comes after the exception must not run.
    Options options = with_threads(4);
    options.executor = reference::backward_executor();
    int runs = 0;
    REQUIRE_THROWS_AS(parallel_for(options, 1000,
                                   [&](Index task, int) {
                                       ++runs;
                                       if (task == 10) {
                                           throw Failure(task);
                                       }
                                   }),
                      Failure);
    REQUIRE(runs == 11);
}

TEST_CASE("no exception is left behind for the next run", "[threads]")
{
    const Options options = with_executor(2);
    REQUIRE_THROWS_AS(parallel_for(options, 10, [](Index task, int) { throw Failure(task); }), Failure);
    REQUIRE_NOTHROW(parallel_for(options, 10, [](Index, int) {}));
}

TEST_CASE("an exception of the executor itself reaches the caller")
{
    Options options = with_threads(2);
    options.executor = [](Index, const std::function<void(Index)>&) { throw Failure(-7); };
    REQUIRE_THROWS_AS(parallel_for(options, 10, [](Index, int) {}), Failure);
}

TEST_CASE("an executor that does not run every worker is refused")
{
    for (const Index ran : {0, 1, 4}) {
        Options options = with_threads(5);
        options.executor = [ran](Index, const std::function<void(Index)>& body) {
            for (Index i = 0; i < ran; ++i) {
                body(i);
            }
        };
        REQUIRE_THROWS_AS(parallel_for(options, 100, [](Index, int) {}), std::invalid_argument);
        REQUIRE_THROWS_WITH(parallel_for(options, 100, [](Index, int) {}),
                            "mohs::Options: the executor ran " + std::to_string(ran) +
                                " of 5 bodies, but has to run all of them before it returns");
    }
}

TEST_CASE("workers that are at work when an executor returns are waited for", "[threads]")
{
    for (const bool fails : {false, true}) {
        std::thread thread;
        std::atomic<bool> ended{false};
        Options options = with_threads(2);
        options.executor = [&](Index, const std::function<void(Index)>& body) {
            std::atomic<bool> begun{false};
            thread = std::thread([&body, &begun] {
                begun = true;
                body(0);
            });
            while (!begun) {
            }
            // The call has begun, as good as surely.
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            body(1);
        };
        FirstException first;
        std::atomic<int> workers{0};
        try {
            run_workers(options, 2, first, [&](int) {
                if (workers.fetch_add(1) == 0) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(100));
                    ended = true;
                    if (fails) {
                        throw Failure(0);
                    }
                }
            });
            CHECK_FALSE(fails);
        } catch (const Failure&) {
            CHECK(fails);
        }
        CHECK(ended);
        thread.join();
    }
}

TEST_CASE("an exception of a task comes before that of an executor that left workers out")
{
    Options options = with_threads(3);
    options.executor = [](Index, const std::function<void(Index)>& body) { body(0); };
    REQUIRE_THROWS_AS(parallel_for(options, 10, [](Index task, int) { throw Failure(task); }), Failure);
}

TEST_CASE("every worker runs once whatever numbers an executor passes", "[threads]")
{
    using Numbers = std::vector<Index>;
    for (const Numbers& numbers :
         {Numbers{0, 0, 0, 0}, Numbers{4, 3, 2, 1}, Numbers{-1, 1000, 0, 0}, Numbers{0, 1, 2, 3, 0, 1, 2, 3, 4}}) {
        Options options = with_threads(4);
        for (const bool at_once : {false, true}) {
            options.executor = [&](Index, const std::function<void(Index)>& body) {
                std::vector<std::thread> threads;
                for (const Index number : numbers) {
                    if (at_once) {
                        threads.emplace_back([&body, number] { body(number); });
                    } else {
                        body(number);
                    }
                }
                for (std::thread& thread : threads) {
                    thread.join();
                }
            };
            std::vector<std::atomic<int>> runs(4);
            std::atomic<int> bad{0};
            FirstException first;
            run_workers(options, 4, first, [&](int worker) {
                if (worker < 0 || worker >= 4) {
                    ++bad;
                } else {
                    ++runs[static_cast<std::size_t>(worker)];
                }
            });
            REQUIRE(bad == 0);
            REQUIRE(std::all_of(runs.begin(), runs.end(), [](const std::atomic<int>& count) { return count == 1; }));
        }
    }
}

TEST_CASE("the executor is asked for the workers and for nothing else")
{
    Index asked = 0, calls = 0;
    Options options = with_threads(5);
    options.executor = [&](Index count, const std::function<void(Index)>& body) {
        asked = count;
        ++calls;
        for (Index i = 0; i < count; ++i) {
            body(i);
        }
    };
    std::vector<int> seen(100);
    parallel_for(options, 100, [&](Index task, int) { ++seen[static_cast<std::size_t>(task)]; });
    REQUIRE(asked == 5);
    REQUIRE(calls == 1);
    REQUIRE(std::count(seen.begin(), seen.end(), 1) == 100);
}

TEST_CASE("the schedule hands out every pair once and in order", "[threads]")
{
    for (const int threads : {1, 2, 3, 4}) {
        for (const Index blocks : {1, 2, 3, 4, 5, 8, 13}) {
            int meetings = 0;
            const std::vector<int> pairs = hand_out(blocks, threads, meetings, std::chrono::microseconds(0));
            for (Index i = 0; i < blocks; ++i) {
                for (Index j = 0; j < blocks; ++j) {
                    INFO(blocks << " blocks, pair " << i << ", " << j);
                    REQUIRE(pairs[static_cast<std::size_t>(i * blocks + j)] == (i <= j ? 1 : 0));
                }
            }
        }
    }
}

TEST_CASE("the schedule never gives a block to two workers at a time", "[threads]")
{
    for (const Index blocks : {2, 3, 5, 8}) {
        int meetings = -1;
        hand_out(blocks, 4, meetings, std::chrono::microseconds(200));
        REQUIRE(meetings == 0);
    }
}

TEST_CASE("an exception frees the blocks and ends the schedule", "[threads]")
{
    for (const int threads : {1, 2, 4}) {
        std::vector<std::uint8_t> held(6);
        PairSchedule schedule(6, held);
        FirstException first;
        REQUIRE_THROWS_AS(run_workers(with_executor(threads), threads, first,
                                      [&](int) {
                                          schedule.work(first, [&](Index i, Index j) {
                                              if (i + j == 4) {
                                                  throw Failure(i);
                                              }
                                          });
                                      }),
                          Failure);
        REQUIRE(std::all_of(held.begin(), held.end(), [](std::uint8_t flag) { return flag == 0; }));
    }
}
