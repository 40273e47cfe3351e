// Covers detail/slots/negative_rule.hpp, detail/slots/slot_selector.hpp, detail/slots/rank_selector.hpp.

#include <mohs/detail/slots/triplet_emitter.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <mohs/mohs.hpp>

#include <string>

namespace {

using mohs::Index;
using mohs::Report;

/// Accepts everything.
struct RejectNothing {
    static constexpr const char* name = "rejected_never";
    static constexpr bool needs_positive = false;

    template <class Query>
    [[nodiscard]] bool rejects(const Query&) const
    {
        return false;
    }
};

/// Anchors of two samples that share a label, in a gallery with a positive for each.
reference::Data anchors()
{
    return {"anchors", reference::Table{{1, 0}, {0, 1}}, {0, 0}, {10, 20}};
}

/// The rows of other labels are all the first anchor's own sample.
reference::Data gallery()
{
    return {"gallery",
            reference::Table{{2, 1}, {1, 2}, {1, 0.5}, {1, -1}, {1, 0.25}},
            {0, 0, 1, 2, 1},
            {30, 40, 10, 10, 10}};
}

template <class Miner>
Report report_of(const Miner& miner)
{
    const reference::Owned<float> queries(anchors()), candidates(gallery());
    return miner(queries.batch(), candidates.batch(), {.threads = 1}).report;
}

/// The first anchor has a positive and no negative, whatever a strategy wants its negatives to be.
template <class Negative>
std::string fault(const Negative& negative)
{
    const Report plain = report_of(mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, negative}),
                 filtered =
                     report_of(mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, negative, RejectNothing{}});
    std::string wrong;
    for (const Report& report : {plain, filtered}) {
        wrong += report.no_negative == 1 ? "" : "no_negative is " + std::to_string(report.no_negative) + "; ";
        wrong += report.valid + report.none_in_place == 1 ? "" : "the second anchor has negatives; ";
    }
    return wrong;
}

}

TEST_CASE("an anchor whose every row of another label is its own sample has no negative for any strategy")
{
    CHECK(fault(mohs::HardestNegative{}) == "");
    CHECK(fault(mohs::EasiestNegative{}) == "");
    CHECK(fault(mohs::RandomNegative{}) == "");
    CHECK(fault(mohs::AllNegatives{}) == "");
    CHECK(fault(mohs::RankedNegatives{.begin = 1, .end = 2}) == "");
    CHECK(fault(mohs::ScoreWindowNegative{.low = -1, .high = 1}) == "");
    CHECK(fault(mohs::SemiHardNegative{}) == "");
    CHECK(fault(mohs::SemiHardRandom{}) == "");
    CHECK(fault(mohs::SemiHardOrRandom{}) == "");
    CHECK(fault(mohs::SemiHardOrFarthest{}) == "");
    CHECK(fault(mohs::SemiHardBeyondAll{}) == "");
    CHECK(fault(mohs::SemiHardWithinMargin{}) == "");
    CHECK(fault(mohs::DistanceWeightedNegative{}) == "");
}

TEST_CASE("other miners count such an anchor for the same reason")
{
    const Report every = report_of(mohs::TripletEnumerator{mohs::Cosine{}, {.kind = mohs::TripletKind::every}});
    CHECK(every.no_negative == 1);
    CHECK(every.valid == 1);
    // Positives are not far enough apart, so that only negatives could be mined.
    const Report pairs =
        report_of(mohs::PairMiner{mohs::Euclidean{}, mohs::PairMargin{.positive_margin = 9, .negative_margin = 8}});
    CHECK(pairs.no_negative == 1);
    CHECK(pairs.valid == 1);
}
