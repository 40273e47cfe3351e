#include <mohs/review/judged_pairs.hpp>
// mohs/review/judged_relation.hpp, mohs/review/exclude_judged_positives.hpp, mohs/review/except_judged_negatives.hpp

#include "../catch.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/margin_to_positive.hpp>
#include <mohs/filter/prepared/promote_suspects.hpp>
#include <mohs/judge/positive_consistency.hpp>
#include <mohs/loss/info_nce.hpp>
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/mining/negative/all_negatives.hpp>
#include <mohs/mining/negative/hardest_negative.hpp>
#include <mohs/mining/positive/all_positives.hpp>
#include <mohs/mining/triplet_miner.hpp>
#include <mohs/review/except_judged_negatives.hpp>
#include <mohs/review/exclude_judged_positives.hpp>
#include <mohs/review/judged_relation.hpp>

#include <array>
#include <map>
#include <random>
#include <set>

namespace {

using mohs::Answer;
using mohs::Batch;
using mohs::Index;
using mohs::JudgedPairs;
using mohs::Related;
using mohs::Relation;
using mohs::ReviewSubject;
using mohs::Verdicts;

using Rows = std::vector<Index>;

void decide(Verdicts& verdicts, std::int64_t a, std::int64_t b, Answer answer, bool named = true,
            bool is_ordered = false)
{
    const ReviewSubject subject{a, b, is_ordered};
    verdicts.add({.record = subject.id(),
                  .answer = answer,
                  .annotator = "a",
                  .subject = named ? std::optional(subject) : std::nullopt});
}

/// Points on a line.
mohs::Matrix line(const std::vector<float>& points)
{
    mohs::Matrix result(static_cast<Index>(points.size()), 1);
    for (std::size_t i = 0; i < points.size(); ++i) {
        result(static_cast<Index>(i), 0) = points[i];
    }
    return result;
}

Rows list(std::span<const Index> rows)
{
    return {rows.begin(), rows.end()};
}

}

TEST_CASE("decisions are found by sample ids, either sample may be the anchor, and every row of an id counts")
{
    const std::vector<std::int64_t> anchor_ids{5, 3, 9, 3}, candidate_ids{3, 5, 5, -2, 9};
    const mohs::Matrix anchor_rows = mohs::Matrix::Zero(4, 2), candidate_rows = mohs::Matrix::Zero(5, 2);
    const Batch anchors = Batch{anchor_rows}.with_ids(anchor_ids);
    const Batch candidates = Batch{candidate_rows}.with_ids(candidate_ids);
    for (int named = 0; named < 3; ++named) {
        Verdicts verdicts;
        decide(verdicts, 5, 3, Answer::positive, named != 0);
        decide(verdicts, -2, 9, Answer::negative, named == 2);
        decide(verdicts, 3, 9, Answer::skip, named == 2);
        decide(verdicts, 5, 77, Answer::negative, named == 2);
        verdicts.add({.record = ReviewSubject{5, {}}.id(),
                      .answer = Answer::negative,
                      .annotator = "a",
                      .subject = ReviewSubject{5, {}}});
        const auto expected = [](std::int64_t a, std::int64_t b) {
            return std::set{a, b} == std::set<std::int64_t>{3, 5}    ? Answer::positive
                   : std::set{a, b} == std::set<std::int64_t>{-2, 9} ? Answer::negative
                                                                     : Answer::skip;
        };
        const JudgedPairs two(verdicts, anchors, candidates, mohs::SampleIds::shared), one(verdicts, candidates);
        const JudgedPairs separate(verdicts, anchors, candidates);
        CHECK(separate.pairs().empty());
        std::size_t decided = 0;
        for (Index c = 0; c < 5; ++c) {
            const auto id = candidate_ids[static_cast<std::size_t>(c)];
            for (Index a = 0; a < 4; ++a) {
                CHECK(two.answer(a, c) == expected(anchor_ids[static_cast<std::size_t>(a)], id));
                decided += two.answer(a, c) != Answer::skip;
            }
            for (Index a = 0; a < 5; ++a) {
                CHECK(one.answer(a, c) == expected(candidate_ids[static_cast<std::size_t>(a)], id));
            }
        }
        CHECK(two.pairs().size() == decided);
    }
}

TEST_CASE("ordered pairs are found by ids of their own side, which may be equal")
{
    const std::vector<std::int64_t> anchor_ids{5, 3, 9, 3}, candidate_ids{3, 5, 5, 9};
    const mohs::Matrix rows = mohs::Matrix::Zero(4, 2);
    const Batch anchors = Batch{rows}.with_ids(anchor_ids), candidates = Batch{rows}.with_ids(candidate_ids);
    for (const bool named : {true, false}) {
        Verdicts verdicts;
        decide(verdicts, 3, 5, Answer::positive, named, true);
        decide(verdicts, 5, 3, Answer::negative, named, true);
        decide(verdicts, 9, 9, Answer::negative, named, true);
        decide(verdicts, 3, 3, Answer::positive, named, true);
        decide(verdicts, 9, 5, Answer::positive, named, false);  // of one batch
        const std::map<std::pair<std::int64_t, std::int64_t>, Answer> expected{{{3, 5}, Answer::positive},
                                                                               {{5, 3}, Answer::negative},
                                                                               {{9, 9}, Answer::negative},
                                                                               {{3, 3}, Answer::positive}};
        const JudgedPairs judged(verdicts, anchors, candidates), one(verdicts, anchors),
            shared(verdicts, anchors, candidates, mohs::SampleIds::shared);
        for (std::size_t a = 0; a < 4; ++a) {
            for (std::size_t c = 0; c < 4; ++c) {
                CAPTURE(named, anchor_ids[a], candidate_ids[c]);
                const auto at = expected.find({anchor_ids[a], candidate_ids[c]});
                const auto row = static_cast<Index>(a), other = static_cast<Index>(c);
                CHECK(judged.answer(row, other) == (at == expected.end() ? Answer::skip : at->second));
                const bool known = std::set{anchor_ids[a], candidate_ids[c]} == std::set<std::int64_t>{5, 9};
                CHECK(shared.answer(row, other) == (known ? Answer::positive : Answer::skip));
            }
        }
        CHECK(one.pairs().size() == 2);
    }
}

TEST_CASE("wrong positives of paired rows with ids of items are asked about, answered and honoured")
{
    const mohs::Matrix queries = line({0, 10, 20}), passages = line({10, 0, 20});
    const std::vector<std::int64_t> ids{0, 1, 2};
    const Relation paired = Relation::paired(3);
    const Batch anchors = Batch{queries}.with_ids(ids).related_by(paired), candidates = Batch{passages}.with_ids(ids);
    const mohs::Suspects suspects =
        mohs::PositiveConsistency{mohs::Euclidean{}, {.k = 1}}.suspects(anchors, candidates);
    REQUIRE(suspects.size() == 2);
    mohs::ReviewQueue queue;
    queue.add(suspects, anchors, candidates);
    REQUIRE(queue.size() == 2);
    const mohs::ReviewRecord* record = queue.find(ReviewSubject{1, 1, true}.id());
    REQUIRE(record != nullptr);
    CHECK(record->of == mohs::Suspicion::positive);
    Verdicts verdicts;
    verdicts.add({.record = record->id(), .answer = Answer::negative, .annotator = "a", .subject = record->subject});
    // Query 0 belongs to passage 1, which says nothing of query 1 and passage 0.
    decide(verdicts, 0, 1, Answer::positive, true, true);
    const Relation judged = mohs::judged_relation(JudgedPairs(verdicts, anchors, candidates), anchors, candidates);
    CHECK(list(judged.positives(0)) == Rows{0, 1});
    CHECK(judged.positives(1).empty());
    CHECK(list(judged.positives(2)) == Rows{2});
    CHECK(queue.without(verdicts).size() == 1);

    // Where both batches are of one data set there is no pair of a sample with itself, and no order.
    mohs::ReviewQueue shared;
    CHECK_THROWS_AS(shared.add(suspects, anchors, candidates, mohs::SampleIds::shared), std::invalid_argument);
    shared.add({{.anchor = 0, .candidate = 2, .score = 1, .reason = "near"}}, anchors, candidates,
               mohs::SampleIds::shared);
    CHECK(shared.find(ReviewSubject{2, 0}.id()) != nullptr);
}

TEST_CASE("two batches need sample ids, one goes by row numbers without")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(4, 2);
    const std::vector<std::int64_t> ids{0, 1, 2, 3};
    Verdicts verdicts;
    decide(verdicts, 0, 2, Answer::positive);
    CHECK_THROWS_AS(JudgedPairs(verdicts, Batch{rows}, Batch{rows}.with_ids(ids)), std::invalid_argument);
    CHECK_THROWS_AS(JudgedPairs(verdicts, Batch{rows}.with_ids(ids), Batch{rows}), std::invalid_argument);
    CHECK(JudgedPairs(verdicts, Batch{rows}).answer(2, 0) == Answer::positive);
    const mohs::Matrix none = mohs::Matrix::Zero(0, 2);
    const JudgedPairs of_none(verdicts, Batch{none});
    CHECK(of_none.pairs().empty());
}

TEST_CASE("a relation has what is decided, and all else as labels have it")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(7, 2);
    const std::vector<int> labels{0, 0, 1, 1, -1, 0, -1};
    Verdicts verdicts;
    decide(verdicts, 0, 2, Answer::positive);
    decide(verdicts, 0, 1, Answer::negative);
    decide(verdicts, 1, 3, Answer::negative);
    decide(verdicts, 4, 3, Answer::positive);
    const Batch batch = Batch{rows, labels}.with_unknown_label(-1);
    const JudgedPairs judged(verdicts, batch);
    const Relation relation = mohs::judged_relation(judged, batch);
    const std::vector<Rows> positives{{2, 5}, {5}, {0, 3}, {2, 4}, {3}, {0, 1}, {}};
    for (Index row = 0; row < 7; ++row) {
        Rows found = list(relation.positives(row));
        std::erase(found, row);
        CHECK(found == positives[static_cast<std::size_t>(row)]);
        Rows neither = list(relation.neither(row));
        std::erase(neither, row);
        // Rows 4 and 6 are of unknown label: neither, but for what is decided.
        const std::vector<Rows> unknown{{4, 6}, {4, 6}, {4, 6}, {6}, {0, 1, 2, 5, 6}, {4, 6}, {0, 1, 2, 3, 4, 5}};
        CHECK(neither == unknown[static_cast<std::size_t>(row)]);
    }
    const Batch unlabelled{rows};
    const Relation without_labels = mohs::judged_relation(judged, unlabelled);
    CHECK(list(without_labels.positives(0)) == Rows{2});
    CHECK(without_labels.positives(5).empty());
}

TEST_CASE("a relation that was given is the one that decisions change")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(3, 2), passages = mohs::Matrix::Zero(5, 2);
    const std::vector<std::int64_t> ids{0, 1, 2}, passage_ids{10, 11, 12, 13, 14};
    const Relation before = Relation::of_pairs(3, 5, [](Index a, Index c) {
        return a == c ? Related::positive : c == 4 ? Related::neither : Related::negative;
    });
    const Batch queries = Batch{rows}.with_ids(ids).related_by(before);
    const Batch gallery = Batch{passages}.with_ids(passage_ids);
    Verdicts verdicts;
    decide(verdicts, 0, 13, Answer::positive, true, true);
    decide(verdicts, 1, 14, Answer::negative, true, true);
    decide(verdicts, 2, 14, Answer::positive, true, true);
    decide(verdicts, 12, 0, Answer::positive, true, true);  // the other way around it is another pair
    const Relation after = mohs::judged_relation(JudgedPairs(verdicts, queries, gallery), queries, gallery);
    CHECK(list(after.positives(0)) == Rows{0, 3});
    CHECK(list(after.positives(1)) == Rows{1});
    CHECK(list(after.positives(2)) == Rows{2, 4});
    CHECK(list(after.neither(0)) == Rows{4});
    CHECK(after.neither(1).empty());
    CHECK(after.neither(2).empty());
    const std::vector<int> labels{0, 1, 2};
    const Batch labelled = Batch{rows, labels}.with_ids(ids);
    CHECK_THROWS_AS(mohs::judged_relation(JudgedPairs(verdicts, labelled, gallery), labelled, gallery),
                    std::invalid_argument);
}

TEST_CASE("what is decided of rows of unknown label is mined, and nothing else of them")
{
    const mohs::Matrix rows = line({0, 5, 1, 2, 7, 3});
    const std::vector<int> labels{0, 0, 1, -1, -1, -1};
    const Batch plain = Batch{rows, labels}.with_unknown_label(-1);
    Verdicts verdicts;
    decide(verdicts, 3, 0, Answer::positive);
    decide(verdicts, 3, 1, Answer::negative);
    decide(verdicts, 4, 0, Answer::negative);
    using Set = std::set<std::array<Index, 3>>;
    const Set expected{{0, 1, 2}, {0, 1, 4}, {0, 3, 2}, {0, 3, 4}, {1, 0, 2}, {1, 0, 3}, {3, 0, 1}};
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::AllPositives{}, mohs::AllNegatives{}};
    const Relation by_label = Relation::label_sets(std::vector<std::vector<int>>{{0}, {0}, {1}, {1}, {1}, {}});
    for (const Batch<float>& batch : {plain, plain.related_by(by_label)}) {
        const JudgedPairs judged(verdicts, batch);
        const Relation relation = mohs::judged_relation(judged, batch);
        Set found;
        for (const mohs::Triplet& triplet : miner(batch.with_labels_known().related_by(relation))) {
            found.insert({triplet.anchor, triplet.positive, triplet.negative});
        }
        CHECK(found == expected);
    }
    // Of two batches, candidates may be unknown alone.
    const std::vector<std::int64_t> ids{0, 1, 2, 3, 4, 5};
    Verdicts ordered;
    decide(ordered, 11, 4, Answer::positive, true, true);
    const mohs::Matrix query_rows = line({0, 5});
    const std::vector<int> query_labels{0, 1};
    const std::vector<std::int64_t> query_ids{10, 11};
    const Batch queries = Batch{query_rows, query_labels}.with_ids(query_ids), gallery = plain.with_ids(ids);
    const Relation two = mohs::judged_relation(JudgedPairs(ordered, queries, gallery), queries, gallery);
    Set found;
    for (const mohs::Triplet& triplet : miner(queries.related_by(two), gallery.with_labels_known())) {
        found.insert({triplet.anchor, triplet.positive, triplet.negative});
    }
    CHECK(found == Set{{0, 0, 2}, {0, 1, 2}, {1, 2, 0}, {1, 2, 1}, {1, 4, 0}, {1, 4, 1}});
}

TEST_CASE("mining takes what is judged positive for a positive, and never for a negative")
{
    const mohs::Matrix rows = line({0, 5, 1, 2, 7});
    const std::vector<int> labels{0, 0, 1, 2, 3};
    const Batch batch{rows, labels};
    Verdicts verdicts;
    decide(verdicts, 0, 2, Answer::positive);
    const JudgedPairs judged(verdicts, batch);
    const mohs::TripletMiner plain{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{}};
    const mohs::TripletMiner filtered{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{},
                                      mohs::ExcludeJudgedPositives{judged}};
    CHECK(plain(batch)[0] == mohs::Triplet{0, 1, 2});
    const auto excluded = filtered(batch);
    CHECK(excluded[0] == mohs::Triplet{0, 1, 3});
    CHECK(excluded.report.filter_names[0] == std::string("rejected_by_verdict"));
    CHECK(excluded.report.rejected[0] == 1);

    const Relation relation = mohs::judged_relation(judged, batch);
    const auto promoted = plain(batch.related_by(relation));
    std::set<std::pair<Index, Index>> positives;
    for (const mohs::Triplet& triplet : promoted) {
        positives.emplace(triplet.anchor, triplet.positive);
    }
    CHECK(positives == std::set<std::pair<Index, Index>>{{0, 1}, {0, 2}, {1, 0}, {2, 0}});

    const auto neighbours = mohs::NearestNeighbours{
        mohs::Euclidean{}, {.k = 1, .among = mohs::Among::negatives}, mohs::ExcludeJudgedPositives{judged}}(batch);
    CHECK(neighbours.index(0, 0) == 3);
}

TEST_CASE("what is judged a negative is exempt from suspicion")
{
    const mohs::Matrix rows = line({0, 5, 0.25F, 0.5F, 7});
    const std::vector<int> labels{0, 0, 1, 2, 3};
    const Batch batch{rows, labels};
    Verdicts verdicts;
    decide(verdicts, 3, 0, Answer::negative);
    const JudgedPairs judged(verdicts, batch);
    const mohs::ExcludeNearDuplicates near{mohs::distance(1.0)};
    const mohs::TripletMiner suspicious{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{}, near};
    const mohs::TripletMiner exempting{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{},
                                       mohs::ExceptJudgedNegatives{judged, near}};
    CHECK(suspicious(batch)[0] == mohs::Triplet{0, 1, 4});
    const auto triplets = exempting(batch);
    CHECK(triplets[0] == mohs::Triplet{0, 1, 3});
    CHECK(triplets.report.filter_names[0] == std::string(mohs::ExcludeNearDuplicates<mohs::Distance>::name));
    CHECK(triplets.report.rejected[0] == 1);  // row 2, ahead of the one that is judged
}

TEST_CASE("a filter keeps what it needs and checks when what is judged is exempt from it")
{
    const mohs::Matrix rows = line({0, 1, 2});
    const Batch batch{rows};
    const JudgedPairs judged(Verdicts{}, batch);
    using Margin = mohs::MarginToPositive;
    STATIC_REQUIRE(mohs::Filter<mohs::ExceptJudgedNegatives<Margin>>);
    STATIC_REQUIRE(mohs::ExceptJudgedNegatives<Margin>::needs_positive == Margin::needs_positive);
    STATIC_REQUIRE(!mohs::PairFilter<mohs::ExceptJudgedNegatives<Margin>>);
    const auto two = [](Index, Index) { return true; };
    STATIC_REQUIRE(mohs::PairFilter<mohs::ExceptJudgedNegatives<mohs::ExcludeIf<decltype(two)>>>);
    STATIC_REQUIRE(mohs::PairFilter<mohs::ExcludeJudgedPositives>);
    const mohs::ExceptJudgedNegatives bad{judged, Margin{.absolute = std::numeric_limits<double>::quiet_NaN()}};
    CHECK_THROWS_AS((mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, mohs::HardestNegative{}, bad}),
                    std::invalid_argument);
}

TEST_CASE("pairs of other batches are refused before any work")
{
    const mohs::Matrix rows = line({0, 1, 2}), more = line({0, 1, 2, 3});
    const std::vector<int> labels{0, 0, 1, 1};
    const Batch small{rows};
    const Batch large{more, labels};
    const JudgedPairs judged(Verdicts{}, small);
    const auto two = [](Index, Index) { return false; };
    const mohs::TripletMiner excluding{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{},
                                       mohs::ExcludeJudgedPositives{judged}};
    const mohs::TripletMiner exempting{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{},
                                       mohs::ExceptJudgedNegatives{judged, mohs::ExcludeIf{two}}};
    CHECK_THROWS_AS(excluding(large), std::out_of_range);
    CHECK_THROWS_AS(exempting(large), std::out_of_range);
    CHECK_THROWS_AS(mohs::judged_relation(judged, large), std::out_of_range);
}

TEST_CASE("a loss over pairs leaves out what is judged a positive")
{
    const mohs::Matrix rows = mohs::Matrix::Random(12, 4);
    std::vector<int> labels;
    for (int row = 0; row < 12; ++row) {
        labels.push_back(row / 2);
    }
    const Batch batch{rows, labels};
    Verdicts verdicts;
    decide(verdicts, 0, 5, Answer::positive);
    decide(verdicts, 7, 2, Answer::positive);
    const JudgedPairs judged(verdicts, batch);
    const auto condition = [](Index a, Index b) {
        const std::set<Index> both{a, b};
        return both == std::set<Index>{0, 5} || both == std::set<Index>{2, 7};
    };
    const double expected = mohs::InfoNCE{mohs::Cosine{}, {}, mohs::ExcludeIf{condition}}(batch).value;
    CHECK(mohs::InfoNCE{mohs::Cosine{}, {}, mohs::ExcludeJudgedPositives{judged}}(batch).value == expected);
    CHECK(mohs::InfoNCE{mohs::Cosine{}}(batch).value != expected);
}

TEST_CASE("what is decided holds where it comes after what is promoted")
{
    const mohs::Matrix points = line({0, 1, 2, 3});
    const std::vector<std::int64_t> labels{0, 0, 1, 1}, ids{10, 11, 12, 13};
    const Batch batch = Batch(points, labels).with_ids(ids);
    Verdicts verdicts;
    decide(verdicts, 10, 12, Answer::negative);
    decide(verdicts, 10, 11, Answer::negative);
    const JudgedPairs judged(verdicts, batch);
    const mohs::Suspects suspects{{.anchor = 0, .candidate = 2}, {.anchor = 1, .candidate = 2}};
    // Row 0 itself is in the lists of labels, and is never related to itself.
    const auto others = [](const Relation& relation, Index anchor) {
        Rows rows = list(relation.positives(anchor));
        std::erase(rows, anchor);
        return rows;
    };
    const Relation promoted = mohs::promote_suspects(batch, suspects);
    const Relation decided = mohs::judged_relation(judged, batch.related_by(promoted));
    CHECK(others(decided, 0) == Rows{});
    CHECK(others(decided, 1) == Rows{2});
    CHECK(others(decided, 2) == Rows{1, 3});
    // The other way round the promotion overrides the person.
    const Relation before = mohs::judged_relation(judged, batch);
    const Relation overridden = mohs::promote_suspects(batch.related_by(before), suspects);
    CHECK(others(overridden, 0) == Rows{2});
    CHECK(others(overridden, 2) == Rows{0, 1, 3});
}
