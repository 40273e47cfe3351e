// Covers detail/slots/choose_positives.hpp, detail/slots/collect_selector.hpp, detail/slots/slot_work.hpp.

#include <mohs/types.hpp>

#include <mohs/detail/slots/collect_selector.hpp>
#include <mohs/detail/slots/slots.hpp>

#include "../../catch.hpp"

#include <vector>

using mohs::Anchor;
using mohs::Candidate;
using mohs::Index;
using mohs::Workspace;

namespace {

using Rows = std::vector<std::int32_t>;

/// Anchor 0 has two slots, anchor 1 none, anchor 2 one and an empty one.
struct Problem {
    Rows offset{0, 2, 2, 4}, positive{7, 8, 9, -1};
    std::vector<float> score{0.5F, 0.25F, 0, 0};
    mohs::detail::Slots<float> triplet_slots{offset, positive, score};
};

/// Wants candidates past the slot's number; two filters reject multiples of 5, then of 3.
struct Rule {
    static constexpr int filter_count = 2;
    static constexpr bool bounded = false;
    mohs::detail::Slots<float> triplet_slots;

    [[nodiscard]] bool in_place(std::size_t slot, Anchor, Candidate candidate, float) const
    {
        return candidate.row >= static_cast<Index>(slot);
    }
    [[nodiscard]] int rejected_by(std::size_t, Anchor, Candidate candidate) const
    {
        return candidate.row % 5 == 0 ? 0 : candidate.row % 3 == 0 ? 1 : -1;
    }
};

}  // namespace

TEST_CASE("slots of an anchor are those between its offsets")
{
    const Problem problem;
    CHECK(problem.triplet_slots.size() == 4);
    CHECK(problem.triplet_slots.begin(Anchor{0}) == 0);
    CHECK(problem.triplet_slots.end(Anchor{0}) == 2);
    CHECK(problem.triplet_slots.begin(Anchor{1}) == problem.triplet_slots.end(Anchor{1}));
    CHECK(problem.triplet_slots.begin(Anchor{2}) == 2);
    CHECK(problem.triplet_slots.end(Anchor{2}) == 4);
}

TEST_CASE("a log of rejections keeps a few entries and forgets those that fall behind before it overflows")
{
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    using Log = mohs::detail::RejectionLog<int>;
    Log log(2, workspace);
    CHECK_FALSE(log.any(0));
    const auto entries = [&](std::size_t slot) {
        const auto span = log.entries(slot);
        return std::vector<int>(span.begin(), span.end());
    };
    const auto none = [](int) { return false; };
    constexpr int capacity = Log::capacity;
    std::vector<int> expected;
    for (int entry = 0; entry < capacity; ++entry) {
        log.add(1, entry, none);
        expected.push_back(entry);
    }
    CHECK(entries(1) == expected);
    log.add(1, capacity, [](int entry) { return entry < 2; });
    expected.erase(expected.begin(), expected.begin() + 2);
    expected.push_back(capacity);
    CHECK(entries(1) == expected);
    CHECK_FALSE(log.has_overflowed(1));
    log.add(1, capacity + 1, none);
    CHECK_FALSE(log.has_overflowed(1));
    log.add(1, capacity + 2, none);
    CHECK(log.has_overflowed(1));
    CHECK(entries(1).empty());
    CHECK(log.any(1));
    // Once overflowed it stays so, even if everything falls behind.
    log.add(1, 13, [](int) { return true; });
    CHECK(log.has_overflowed(1));
    CHECK_FALSE(log.any(0));
    CHECK(entries(0).empty());
}

TEST_CASE("a collection counts what passes and what each filter rejects and then keeps the rows")
{
    const Problem problem;
    const Rule rule{problem.triplet_slots};
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    mohs::detail::CollectSelector<float, Rule> collect{rule};
    collect.start(3, workspace);
    const auto offer = [&] {
        for (const Index anchor : {2, 1, 0}) {
            for (Index row = 12; row >= 0; --row) {
                CHECK(collect.accept(Anchor{anchor}, Candidate{row}, 0.5F, -1.0F) == -1.0F);
            }
        }
    };
    const auto in_slot = [&](std::size_t slot, int filter) {
        std::int32_t count = 0;
        for (Index row = 0; row <= 12; ++row) {
            const bool wanted = problem.positive[slot] >= 0 && row >= static_cast<Index>(slot);
            count += wanted && rule.rejected_by(slot, Anchor{0}, Candidate{row}) == filter;
        }
        return count;
    };
    offer();
    std::vector<std::int64_t> first{0};
    for (std::size_t slot = 0; slot < 4; ++slot) {
        CHECK(collect.count[slot] == in_slot(slot, -1));
        CHECK(collect.rejections[2 * slot] == in_slot(slot, 0));
        CHECK(collect.rejections[2 * slot + 1] == in_slot(slot, 1));
        first.push_back(first.back() + collect.count[slot]);
        collect.count[slot] = 0;
    }
    const Rows rejected(collect.rejections.begin(), collect.rejections.end());
    Rows rows(static_cast<std::size_t>(first.back()), -1);
    collect.first = first;
    collect.row = rows;
    offer();
    for (std::size_t slot = 0; slot < 4; ++slot) {
        for (std::int64_t at = first[slot]; at < first[slot + 1]; ++at) {
            const std::int32_t row = rows[static_cast<std::size_t>(at)];
            CHECK((row >= static_cast<std::int32_t>(slot) && row % 5 != 0 && row % 3 != 0));
            CHECK((at == first[slot] || row < rows[static_cast<std::size_t>(at - 1)]));
        }
    }
    CHECK(Rows(collect.rejections.begin(), collect.rejections.end()) == rejected);
}
