#include <mohs/detail/choose/draw_candidate.hpp>

#include "../../catch.hpp"
#include "../../mining/draws.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/positive/hardest_positive.hpp>
#include <mohs/mining/triplet_miner.hpp>

namespace {

using mohs::Index;

/// Queries with label 0, against a gallery whose first row is their positive and whose others are negatives.
struct Problem {
    reference::Owned<float> queries, gallery;

    explicit Problem(Index negatives, const std::vector<std::int64_t>& negative_ids = {})
        : queries(side(1, 0, negative_ids.empty() ? negative_ids : std::vector<std::int64_t>{0})),
          gallery(side(negatives + 1, 1, negative_ids))
    {
    }

    /// The triplets of a step, with a filter that rejects the rows for which `condition(row)` holds.
    template <class Condition>
    [[nodiscard]] mohs::Triplets<mohs::Euclidean> mine(std::uint64_t step, const Condition& condition) const
    {
        const auto rejects = [&](Index, Index row) { return condition(row); };
        const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::RandomNegative{.seed = 3},
                                       mohs::ExcludeIf{rejects}};
        return miner(queries.batch(), gallery.batch(), draws::at_step(step));
    }

private:
    static reference::Data side(Index rows, std::uint64_t seed, const std::vector<std::int64_t>& ids)
    {
        reference::Data data = reference::gaussian(rows, 3, seed);
        for (Index row = 0; row < rows; ++row) {
            data.labels[static_cast<std::size_t>(row)] = row == 0 ? 0 : 1;
        }
        data.ids = ids;
        return data;
    }
};

}

TEST_CASE("every negative that a filter refuses to a draw is counted once")
{
    for (const Index negatives : {1, 5, 33, 100}) {
        const Problem problem(negatives);
        for (std::uint64_t step = 0; step < 20; ++step) {
            const auto none = problem.mine(step, [](Index) { return true; });
            CHECK(none.report.all_filtered == 1);
            CHECK(none.report.rejected[0] == negatives);
            // The only one that passes may be drawn before all others have been refused.
            const auto last = problem.mine(step, [&](Index row) { return row != negatives; });
            REQUIRE(last.size() == 1);
            CHECK(last[0].negative == negatives);
            CHECK(last.report.rejected[0] < negatives);
        }
    }
}

TEST_CASE("a negative that is drawn again after a refusal is not counted again")
{
    const Problem problem(2);
    Index refused = 0;
    for (std::uint64_t step = 0; step < 200; ++step) {
        const auto triplets = problem.mine(step, [](Index row) { return row == 1; });
        REQUIRE(triplets.size() == 1);
        CHECK(triplets[0].negative == 2);
        CHECK(triplets.report.rejected[0] <= 1);
        refused += triplets.report.rejected[0];
    }
    // Every other first draw is the one refused.
    CHECK(refused > 60);
    CHECK(refused < 140);
}

TEST_CASE("filters are not asked about rows of the anchor's own sample")
{
    // Half of the negatives are the query itself.
    std::vector<std::int64_t> ids(81);
    for (std::size_t row = 0; row < ids.size(); ++row) {
        ids[row] = row % 2 == 0 && row > 0 ? 0 : static_cast<std::int64_t>(row) + 1;
    }
    const auto triplets = Problem(80, ids).mine(1, [](Index) { return true; });
    CHECK(triplets.report.all_filtered == 1);
    CHECK(triplets.report.rejected[0] == 40);
}
