#include <mohs/workspace.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "reference.hpp"

#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>

using mohs::Index;
using mohs::Workspace;

namespace {

bool is_aligned(const void* address)
{
    return reinterpret_cast<std::uintptr_t>(address) % 64 == 0;
}

/// Keeps the best score of every anchor in memory of the workspace.
struct BestScore {
    static constexpr mohs::Among among = mohs::Among::everyone;
    static constexpr bool smallest_first = false;
    std::span<float> best;
    void start(Index anchors, Workspace& workspace) { best = workspace.take<float>(anchors, 0.0F); }
    template <class T>
    T accept(mohs::Anchor anchor, mohs::Candidate, T score, T)
    {
        best[static_cast<std::size_t>(anchor.row)] = static_cast<float>(score);
        return score;
    }
};

struct SumOfValues {
    struct Partial {
        double sum = 0;
    };
    double total = 0;
    template <class T>
    void add(Partial& partial, mohs::Anchor, const mohs::RowSegment<T>& segment) const
    {
        for (int i = 0; i < segment.size; ++i) {
            partial.sum += ((segment.positives | segment.negatives) >> i & 1U) != 0 ? double{segment.values[i]} : 0;
        }
    }
    void combine(Partial& total_so_far, const Partial& later) const { total_so_far.sum += later.sum; }
    void finish(mohs::Anchor, const Partial& partial) { total += partial.sum; }
};

struct FirstValue {
    double total = 0;
    template <class T>
    void row(mohs::Anchor, const mohs::FullRow<T>& row)
    {
        total += row.values[0];
    }
};

/// Allocations of the third and fourth call of `step`.
template <class Step>
std::size_t allocations_when_warm(const Step& step)
{
    step();
    step();
    const std::size_t before = allocations::count();
    step();
    step();
    return allocations::count() - before;
}

}  // namespace

TEST_CASE("taken memory is aligned to 64 bytes")
{
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    for (const Index count : {1, 3, 0, 7, 64, 100000, 5}) {
        REQUIRE(is_aligned(workspace.take<char>(count).data()));
        REQUIRE(is_aligned(workspace.take<double>(count).data()));
    }
}

TEST_CASE("taken memory has the size asked for and does not overlap")
{
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    std::vector<std::span<std::int32_t>> parts;
    for (std::int32_t i = 0; i < 200; ++i) {
        parts.push_back(workspace.take<std::int32_t>(i * 37 % 5000));
        REQUIRE(parts.back().size() == static_cast<std::size_t>(i * 37 % 5000));
        std::fill(parts.back().begin(), parts.back().end(), i);
    }
    for (std::int32_t i = 0; i < 200; ++i) {
        const std::span<std::int32_t> part = parts[static_cast<std::size_t>(i)];
        REQUIRE(std::all_of(part.begin(), part.end(), [i](std::int32_t value) { return value == i; }));
    }
}

TEST_CASE("memory can be taken filled with a value")
{
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    const std::span<double> values = workspace.take<double>(1000, 2.5);
    REQUIRE(values.size() == 1000);
    REQUIRE(std::all_of(values.begin(), values.end(), [](double value) { return value == 2.5; }));
}

TEST_CASE("the end of a frame gives back what was taken since and nothing else")
{
    Workspace workspace;
    const Workspace::Frame outer(workspace);
    const std::span<int> kept = workspace.take<int>(10, 1);
    int* inner_address = nullptr;
    for (int round = 0; round < 3; ++round) {
        const Workspace::Frame inner(workspace);
        const std::span<int> taken = workspace.take<int>(10, 2);
        REQUIRE(taken.data() != kept.data());
        REQUIRE((round == 0 || taken.data() == inner_address));
        inner_address = taken.data();
    }
    REQUIRE(std::all_of(kept.begin(), kept.end(), [](int value) { return value == 1; }));
    REQUIRE(workspace.take<int>(10).data() == inner_address);
}

TEST_CASE("memory of an outer frame survives inner frames that need more than there is")
{
    Workspace workspace;
    const Workspace::Frame outer(workspace);
    const std::span<int> kept = workspace.take<int>(1000);
    std::iota(kept.begin(), kept.end(), 0);
    for (const Index count : {10000, 100000, 1000000}) {
        const Workspace::Frame inner(workspace);
        std::ignore = workspace.take<int>(count, -1);
        const Workspace::Frame innermost(workspace);
        std::ignore = workspace.take<int>(2 * count, -2);
    }
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(kept[static_cast<std::size_t>(i)] == i);
    }
}

TEST_CASE("a frame is given back when an exception leaves its scope")
{
    Workspace workspace;
    const Workspace::Frame outer(workspace);
    const int* address = nullptr;
    try {
        const Workspace::Frame inner(workspace);
        address = workspace.take<int>(10).data();
        throw std::runtime_error("out");
    } catch (const std::runtime_error&) {
    }
    REQUIRE(workspace.take<int>(10).data() == address);
}

TEST_CASE("a workspace that has seen a step twice does not allocate for it")
{
    Workspace workspace;
    const auto step = [&] {
        const Workspace::Frame frame(workspace);
        std::ignore = workspace.take<double>(100);
        std::ignore = workspace.take<float>(50000);
        const Workspace::Frame inner(workspace);
        std::ignore = workspace.take<double>(30000);
    };
    step();
    REQUIRE(workspace.capacity() >= 800 + 200000 + 240000);
    step();
    const std::size_t capacity = workspace.capacity();
    REQUIRE(allocations_when_warm(step) == 0);
    REQUIRE(workspace.capacity() == capacity);
}

TEST_CASE("a smaller step after a larger one does not allocate")
{
    Workspace workspace;
    const auto step = [&](Index size) {
        const Workspace::Frame frame(workspace);
        std::ignore = workspace.take<double>(size);
        std::ignore = workspace.take<double>(size);
    };
    step(100000);
    step(100000);
    const std::size_t before = allocations::count();
    for (Index size = 0; size <= 100000; size += 9999) {
        step(size);
    }
    REQUIRE(allocations::count() == before);
}

TEST_CASE("a new workspace holds nothing and a used one holds what it needs")
{
    Workspace workspace;
    REQUIRE(workspace.capacity() == 0);
    for (int round = 0; round < 5; ++round) {
        const Workspace::Frame frame(workspace);
        std::ignore = workspace.take<char>(1 << 20);
        std::ignore = workspace.take<char>(1 << 20);
    }
    // Two requests of 1 MiB; a workspace that doubled with every round would hold 32.
    REQUIRE(workspace.capacity() >= std::size_t{2} << 20);
    REQUIRE(workspace.capacity() <= std::size_t{3} << 20);
}

TEST_CASE("a moved workspace keeps its memory and leaves a usable one behind")
{
    Workspace first;
    {
        const Workspace::Frame frame(first);
        std::ignore = first.take<char>(1 << 20);
    }
    const std::size_t capacity = first.capacity();
    Workspace second(std::move(first));
    REQUIRE(second.capacity() == capacity);
    REQUIRE(first.capacity() == 0);
    {
        const Workspace::Frame frame(first);
        const std::span<int> taken = first.take<int>(100, 3);
        REQUIRE(std::accumulate(taken.begin(), taken.end(), 0) == 300);
    }
    first = std::move(second);
    REQUIRE(first.capacity() == capacity);
}

TEST_CASE("a scan with a warm workspace does not allocate")
{
    const reference::Data data = reference::with_shared_ids(reference::clustered(150, 24));
    const reference::Owned<float> owned(data);
    const mohs::Batch<float> batch = owned.batch();
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        mohs::Options serial{.isa = level, .threads = 1}, executor{.isa = level, .threads = 3};
        executor.executor = reference::backward_executor();
        for (const mohs::Options& options : {serial, executor}) {
            INFO(mohs::to_string(level) << ", " << options.threads << " threads");
            Workspace workspace;
            BestScore selector;
            SumOfValues accumulator;
            FirstValue rows;
            REQUIRE(allocations_when_warm([&] {
                        mohs::scan(batch, mohs::Cosine{}, selector, options, workspace);
                        mohs::scan(batch, mohs::Euclidean{}, selector, options, workspace);
                        mohs::scan(batch, batch, mohs::Euclidean{}, selector, options, workspace);
                    }) == 0);
            REQUIRE(allocations_when_warm(
                        [&] { mohs::scan(batch, mohs::Cosine{}, accumulator, options, workspace); }) == 0);
            REQUIRE(allocations_when_warm([&] { mohs::scan(batch, mohs::Euclidean{}, rows, options, workspace); }) ==
                    0);
        }
    }
}

TEST_CASE("a scan gives back what it took from the workspace")
{
    const reference::Data data = reference::clustered(60, 8);
    const reference::Owned<float> owned(data);
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    const float* const before = [&] {
        const Workspace::Frame inner(workspace);
        return workspace.take<float>(1).data();
    }();
    BestScore selector;
    mohs::scan(owned.batch(), mohs::Cosine{}, selector, mohs::Options{.threads = 1}, workspace);
    REQUIRE(workspace.take<float>(1).data() == before);
}
