// Covers detail/filter/rescorer.hpp, filter/rescore_options.hpp.

#include <mohs/filter/prepared/rescore_negatives.hpp>

#include "../everywhere.hpp"

#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace {

using mohs::Index;
using mohs::Pair;
using mohs::PositiveOf;
using mohs::RescoreOptions;
using mohs::ScoreScale;
using reference::Data;
using reference::Scene;

/// A score in [0, 1) as good as random, not the same for (i, j) and (j, i).
double score_of(Index anchor, Index candidate)
{
    return static_cast<double>((anchor * 7919 + candidate * 104729 + 13) % 997) / 997;
}

/// Scores, and who was asked, in which order and how many at a time.
struct Scorer {
    std::function<double(Index, Index)> score = score_of;
    std::vector<Pair>* asked;
    std::vector<std::size_t>* sizes;

    void operator()(std::span<const Pair> pairs, std::span<double> scores) const
    {
        REQUIRE(pairs.size() == scores.size());
        sizes->push_back(pairs.size());
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            asked->push_back(pairs[i]);
            scores[i] = score(pairs[i].anchor, pairs[i].candidate);
        }
    }
};

double probability(double logit)
{
    return 1 / (1 + std::exp(-logit));
}

/// What has to come out, by the definition: similarities, or distances where `far_is_large`.
struct Right {
    std::set<std::pair<Index, Index>> rejected;
    mohs::Suspects suspects;
    std::vector<Pair> asked;
};

Right expected(const Scene& scene, Index k, const RescoreOptions& options, bool far_is_large,
               const std::function<double(Index, Index)>& score)
{
    Right right;
    const auto closer = [&](double value, double bound) { return far_is_large ? value < bound : value > bound; };
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        auto negatives = everywhere::ranked_negatives(scene, anchor);
        negatives.resize(std::min(negatives.size(), static_cast<std::size_t>(k)));
        const auto positives = options.margin && !negatives.empty()
                                   ? scene.candidates_of(anchor, mohs::Among::positives)
                                   : std::vector<Index>{};
        double reference = 0;
        Index count = 0, compared = -1;
        for (const Index row : positives) {
            right.asked.push_back({anchor, row});
            const double value = score(anchor, row);
            if (!reference::is_finite(value)) {
                continue;
            }
            if (options.of == PositiveOf::mean) {
                reference += value;
            } else if (count == 0 || (options.of == PositiveOf::min ? value < reference : value > reference)) {
                reference = value;
                compared = row;
            }
            ++count;
        }
        reference /= options.of == PositiveOf::mean && count > 0 ? static_cast<double>(count) : 1;
        const double margin = far_is_large ? -options.margin.value_or(0) : options.margin.value_or(0);
        for (const Index row : negatives) {
            right.asked.push_back({anchor, row});
            const double value = score(anchor, row);
            const bool known = reference::is_finite(value);
            if (!known || (!positives.empty() && count == 0) ||
                (options.threshold && closer(value, *options.threshold)) ||
                (count > 0 && closer(value, reference - margin))) {
                right.rejected.emplace(anchor, row);
                if (known) {
                    const double suspicion = *options.scale == ScoreScale::logit ? probability(value)
                                             : far_is_large                      ? -value
                                                                                 : value;
                    right.suspects.push_back(
                        {mohs::Suspicion::negative, anchor, row, compared, suspicion, "rejected_by_rescoring"});
                }
            }
        }
    }
    return right;
}

void check(const Scene& scene, Index k, const RescoreOptions& options,
           const std::function<double(Index, Index)>& score = score_of)
{
    const bool far_is_large = *options.scale == ScoreScale::value;
    const reference::Owned<float> rows(scene.anchors), others(scene.candidates);
    const mohs::NearestNeighbours search{mohs::SquaredEuclidean{}, {.k = k, .among = mohs::Among::negatives}};
    std::vector<Pair> asked;
    std::vector<std::size_t> sizes;
    const Scorer scorer{score, &asked, &sizes};
    const mohs::Rescored found = scene.self
                                     ? mohs::rescore_negatives(search(rows.batch()), rows.batch(), scorer, options)
                                     : mohs::rescore_negatives(search(rows.batch(), others.batch()), rows.batch(),
                                                               others.batch(), scorer, options);
    const Right right = expected(scene, k, options, far_is_large, score);
    CAPTURE(scene.anchors.name, scene.self, static_cast<int>(*options.scale), static_cast<int>(options.of));
    // Every pair once; positives of an anchor in any order.
    const auto sorted = [](const std::vector<Pair>& pairs) {
        std::vector<std::pair<Index, Index>> result;
        for (const Pair& pair : pairs) {
            result.emplace_back(pair.anchor, pair.candidate);
        }
        std::sort(result.begin(), result.end());
        return result;
    };
    CHECK(sorted(asked) == sorted(right.asked));
    CHECK(std::is_sorted(asked.begin(), asked.end(), [](const Pair& a, const Pair& b) { return a.anchor < b.anchor; }));
    CHECK(found.asked == static_cast<Index>(asked.size()));
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const bool last = i + 1 == sizes.size();
        CHECK((last ? sizes[i] <= static_cast<std::size_t>(options.batch_size)
                    : sizes[i] == static_cast<std::size_t>(options.batch_size)));
    }
    Index without = 0;
    for (const Pair& pair : right.asked) {
        without += reference::is_finite(score(pair.anchor, pair.candidate)) ? 0 : 1;
    }
    CHECK(found.without_score == without);
    REQUIRE(found.suspects.size() == right.suspects.size());
    for (std::size_t i = 0; i < right.suspects.size(); ++i) {
        CHECK(found.suspects[i].of == mohs::Suspicion::negative);
        CHECK(found.suspects[i].anchor == right.suspects[i].anchor);
        CHECK(found.suspects[i].candidate == right.suspects[i].candidate);
        CHECK(found.suspects[i].positive == right.suspects[i].positive);
        CHECK(found.suspects[i].score == Approx(right.suspects[i].score));
        CHECK(found.suspects[i].reason == std::string("rejected_by_rescoring"));
    }
    CHECK(found.filter.size() == static_cast<Index>(right.rejected.size()));
    REQUIRE(!right.rejected.empty());
    everywhere::check(
        scene,
        [&](Index anchor, Index row) {
            return right.rejected.count({anchor, row}) > 0;
        },
        found.filter);
}

}  // namespace

TEST_CASE("the nearest negatives are rescored once each and rejected by threshold or margin")
{
    const Data plain = strategies::grid(31, 3, 6, 1), gallery = strategies::grid(43, 3, 6, 2);
    const Data with_ids = reference::with_shared_ids(plain);
    check(Scene(plain), 5, {.scale = ScoreScale::probability, .threshold = 0.6});
    check(Scene(plain, gallery), 5, {.scale = ScoreScale::probability, .margin = 0.1, .batch_size = 7});
    check(Scene(with_ids), 4,
          {.scale = ScoreScale::probability, .threshold = 0.9, .margin = 0.05, .of = PositiveOf::max, .batch_size = 1});
    check(Scene(plain, gallery), 3, {.scale = ScoreScale::value, .threshold = 0.3});
    check(Scene(plain), 3, {.scale = ScoreScale::value, .margin = 0.1, .of = PositiveOf::mean, .batch_size = 1000});
    check(Scene(plain, gallery), 6, {.scale = ScoreScale::logit, .margin = 3, .of = PositiveOf::max},
          [](Index i, Index j) { return 20 * score_of(i, j) - 10; });
}

TEST_CASE("pairs without a score are rejected and counted", "[ieee]")
{
    const Data plain = strategies::grid(31, 3, 6, 1);
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
        const auto score = [bad](Index i, Index j) { return (i * 5 + j) % 6 == 0 || i == 3 ? bad : score_of(i, j); };
        check(Scene(plain), 5, {.scale = ScoreScale::probability, .threshold = 0.6}, score);
        check(Scene(plain), 5, {.scale = ScoreScale::logit, .margin = 0.2}, score);
        // Anchors none of whose positives has a score, while their negatives have.
        const auto no_positive = [&](Index i, Index j) {
            return i % 4 == 1 && plain.labels[static_cast<std::size_t>(i)] == plain.labels[static_cast<std::size_t>(j)]
                       ? bad
                       : score_of(i, j);
        };
        check(Scene(plain), 5, {.scale = ScoreScale::logit, .margin = 0.2, .of = PositiveOf::max}, no_positive);
    }
    // A scorer that writes nothing has scored nothing.
    const reference::Owned<float> rows(plain);
    const auto nearest =
        mohs::NearestNeighbours{mohs::SquaredEuclidean{}, {.k = 2, .among = mohs::Among::negatives}}(rows.batch());
    const mohs::Rescored none =
        mohs::rescore_negatives(nearest, rows.batch(), [](std::span<const Pair>, std::span<double>) {},
                                {.scale = ScoreScale::logit, .threshold = 0});
    CHECK(none.without_score == 62);
    CHECK(none.filter.size() == 62);
    CHECK(none.suspects.empty());
}

TEST_CASE("the positives of a relation are compared with")
{
    const Data data = strategies::grid(12, 3, 4, 3);
    const reference::Owned<float> owned(data);
    const mohs::Relation relation = mohs::Relation::of_pairs(12, 12, [](Index i, Index j) {
        return j == (i + 3) % 12   ? mohs::Related::positive
               : j == (i + 5) % 12 ? mohs::Related::neither
                                   : mohs::Related::negative;
    });
    const mohs::Batch<float> batch = owned.batch().related_by(relation);
    const auto nearest =
        mohs::NearestNeighbours{mohs::SquaredEuclidean{}, {.k = 12, .among = mohs::Among::negatives}}(batch);
    const auto score = [](std::span<const Pair> pairs, std::span<double> scores) {
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            scores[i] = score_of(pairs[i].anchor, pairs[i].candidate);
        }
    };
    const mohs::Rescored found =
        mohs::rescore_negatives(nearest, batch, score, {.scale = ScoreScale::probability, .margin = 0.1});
    CHECK(found.asked == 12 * 10);
    for (Index i = 0; i < 12; ++i) {
        for (Index j = 0; j < 12; ++j) {
            const bool is_negative = j != i && j != (i + 3) % 12 && j != (i + 5) % 12;
            CAPTURE(i, j);
            CHECK(found.filter.contains(i, j) == (is_negative && score_of(i, j) > score_of(i, (i + 3) % 12) - 0.1));
        }
    }
    for (const mohs::Suspect& suspect : found.suspects) {
        CHECK(suspect.positive == (suspect.anchor + 3) % 12);
    }
}

TEST_CASE("similarities are rescored in their own unit")
{
    const mohs::MatrixOf<double> rows{{1, 0}, {2, 1}, {1, 2}, {0, 1}};
    const std::vector<int> labels{0, 0, 1, 2};
    const mohs::Batch batch(rows, labels);
    const auto nearest = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 1, .among = mohs::Among::negatives}}(batch);
    const auto score = [](std::span<const Pair> pairs, std::span<double> scores) {
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            scores[i] = pairs[i].anchor == 0 ? 0.9 : 0.1;
        }
    };
    const mohs::Rescored found =
        mohs::rescore_negatives(nearest, batch, score, {.scale = ScoreScale::value, .threshold = 0.9});
    // Strict: a score at the threshold stays.
    CHECK(found.suspects.empty());
    const mohs::Rescored more =
        mohs::rescore_negatives(nearest, batch, score, {.scale = ScoreScale::value, .threshold = 0.89});
    REQUIRE(more.suspects.size() == 1);
    CHECK(more.suspects[0].score == 0.9);
    CHECK(more.suspects[0].positive == -1);
}

TEST_CASE("rescoring is refused without a scale or a rule or with senseless ones before a pair is scored")
{
    const Data plain = strategies::grid(20, 3, 6, 1), more = strategies::grid(30, 3, 6, 2);
    const reference::Owned<float> rows(plain), others(more), unlabelled(reference::unlabelled(plain));
    const mohs::NearestNeighbours search{mohs::SquaredEuclidean{}, {.k = 25, .among = mohs::Among::negatives}};
    const auto nearest = search(rows.batch());
    Index calls = 0;
    const auto score = [&](std::span<const Pair>, std::span<double> scores) {
        ++calls;
        std::fill(scores.begin(), scores.end(), 0.5);
    };
    const auto message = [&](const RescoreOptions& options) {
        return reference::message_of(
            [&] { static_cast<void>(mohs::rescore_negatives(nearest, rows.batch(), score, options)); });
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(reference::mentions(message({.threshold = 0.5}), {"rescore_negatives", "scale"}));
    CHECK(reference::mentions(message({.scale = ScoreScale::logit}), {"rescore_negatives", "threshold", "margin"}));
    CHECK(reference::mentions(message({.scale = ScoreScale::logit, .threshold = nan}), {"threshold", "nan", "finite"}));
    CHECK(reference::mentions(message({.scale = ScoreScale::logit, .margin = nan}), {"margin", "nan", "finite"}));
    CHECK(reference::mentions(message({.scale = ScoreScale::probability, .threshold = 1.5}), {"threshold", "1.5"}));
    CHECK(reference::mentions(message({.scale = ScoreScale::logit, .threshold = 0, .batch_size = 0}),
                              {"batch_size", "0"}));
    const RescoreOptions right{.scale = ScoreScale::probability, .margin = 0.1};
    CHECK_THROWS_AS(mohs::rescore_negatives(search(others.batch()), rows.batch(), score, right), std::invalid_argument);
    CHECK_THROWS_AS(mohs::rescore_negatives(search(rows.batch(), others.batch()), rows.batch(), score, right),
                    std::out_of_range);
    CHECK_THROWS_AS(mohs::rescore_negatives(nearest, unlabelled.batch(), score, right), std::invalid_argument);
    CHECK(calls == 0);
    const auto high = [](std::span<const Pair>, std::span<double> scores) {
        std::fill(scores.begin(), scores.end(), 1.25);
    };
    CHECK(reference::mentions(
        reference::message_of([&] { static_cast<void>(mohs::rescore_negatives(nearest, rows.batch(), high, right)); }),
        {"rescore_negatives", "anchor 0", "1.25", "between 0 and 1"}));
    const auto broken = [](std::span<const Pair>, std::span<double>) { throw std::runtime_error("no model"); };
    CHECK_THROWS_WITH(mohs::rescore_negatives(nearest, rows.batch(), broken, right), "no model");
    const Data nothing{"nothing", reference::Table(0, 3), {}};
    const reference::Owned<float> empty(nothing);
    CHECK(mohs::rescore_negatives(search(empty.batch()), empty.batch(), score,
                                  {.scale = ScoreScale::logit, .threshold = 0})
              .asked == 0);
    CHECK(calls == 0);
}
