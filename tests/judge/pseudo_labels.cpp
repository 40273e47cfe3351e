#include "votes.hpp"

#include <mohs/judge/pseudo_labels.hpp>

#include <set>

namespace {

using mohs::Index;
using mohs::Related;
using votes::Scene;

/// What is known of a row by definition: a label of either kind, and the classes that it may be of, if not any.
struct Known {
    std::optional<std::int64_t> label;
    std::optional<std::set<std::int64_t>> open;

    [[nodiscard]] bool rules_out(std::int64_t other) const { return open && open->count(other) == 0; }
};

Known known(reference::Metric metric, const Scene& scene, Index row, const mohs::PseudoLabelsOptions& options)
{
    const std::int64_t own = scene.rows.labels[static_cast<std::size_t>(row)];
    if (own != votes::unknown) {
        return {own, std::set{own}};
    }
    const auto found = votes::of(metric, scene, row, options.k);
    Known result;
    if (static_cast<Index>(votes::nearest(metric, scene, row, options.k).size()) < options.least_voters) {
        return result;
    }
    if (!found.empty()) {
        result.open.emplace();
    }
    for (const auto& [label, count] : found) {
        if (votes::share(found, label) >= options.positive_from) {
            result.label = label;
        }
        if (votes::share(found, label) > options.negative_up_to) {
            result.open->insert(label);
        }
    }
    return result;
}

template <class M>
void check_labels(const mohs::PseudoLabelsOptions& options)
{
    const mohs::PseudoLabels judge{M{}, options};
    Index negatives = 0, pseudo = 0;
    for (const Scene& scene : votes::scenes()) {
        if (scene.self) {
            continue;
        }
        CAPTURE(scene.name, options.k, options.positive_from, options.negative_up_to);
        const mohs::PartialLabels partial = judge(votes::batch(scene.rows), votes::batch(scene.reference));
        const Index rows = scene.rows.size();
        REQUIRE(partial.rows() == rows);
        std::vector<Known> expected;
        Index labelled = 0, abstained = 0, few = 0;
        for (Index row = 0; row < rows; ++row) {
            expected.push_back(known(reference::metric_of<M>, scene, row, options));
            CHECK(partial.label(row) == expected.back().label);
            if (scene.rows.labels[static_cast<std::size_t>(row)] == votes::unknown) {
                ++(expected.back().label ? labelled : abstained);
                few += static_cast<Index>(votes::nearest(reference::metric_of<M>, scene, row, options.k).size()) <
                       options.k;
            }
        }
        CHECK(partial.pseudo_labelled() == labelled);
        CHECK(partial.abstained() == abstained);
        CHECK(partial.short_of_voters() == few);
        pseudo += labelled;
        const mohs::Relation relation = partial.relation();
        for (Index a = 0; a < rows; ++a) {
            const auto positives = relation.positives(a), neither = relation.neither(a);
            for (Index b = 0; b < rows; ++b) {
                const Known &of_a = expected[static_cast<std::size_t>(a)],
                            &of_b = expected[static_cast<std::size_t>(b)];
                const bool positive = of_a.label && of_b.label && *of_a.label == *of_b.label;
                const bool negative = !positive && ((of_a.label && of_b.rules_out(*of_a.label)) ||
                                                    (of_b.label && of_a.rules_out(*of_b.label)));
                CHECK(std::binary_search(positives.begin(), positives.end(), b) == positive);
                CHECK(std::binary_search(neither.begin(), neither.end(), b) == (!positive && !negative));
                negatives += negative && scene.rows.labels[static_cast<std::size_t>(a)] == votes::unknown;
            }
        }
    }
    CHECK(pseudo > 0);
    CHECK(negatives > 0);
}

}  // namespace

TEST_CASE("rows without a label take part as far as their neighbours agree", "[ieee]")
{
    check_labels<mohs::Cosine>({});
    check_labels<mohs::Cosine>({.k = 3, .positive_from = 0.6, .negative_up_to = 0.5});
    check_labels<mohs::Euclidean>({.k = 10, .positive_from = 1, .negative_up_to = 0});
}

TEST_CASE("an unlabelled row that was not judged is never a negative", "[ieee]")
{
    const mohs::Matrix rows = mohs::Matrix::Random(40, 4), reference = mohs::Matrix::Random(30, 4);
    std::vector<int> labels(40), gallery_labels(30);
    for (std::size_t row = 0; row < labels.size(); ++row) {
        labels[row] = row % 2 == 0 ? static_cast<int>(row % 5) : -1;
    }
    for (std::size_t row = 0; row < gallery_labels.size(); ++row) {
        gallery_labels[row] = static_cast<int>(row % 5);
    }
    const mohs::Batch batch = mohs::Batch{rows, labels}.with_unknown_label(-1);
    const mohs::PartialLabels partial =
        mohs::PseudoLabels{mohs::Cosine{}, {.k = 5}}(batch, mohs::Batch{reference, gallery_labels});
    const mohs::Relation relation = partial.relation();
    const mohs::Triplets triplets = mohs::TripletMiner{
        mohs::Cosine{}, mohs::AllPositives{}, mohs::AllNegatives{}}(batch.with_labels_known().related_by(relation));
    REQUIRE(triplets.size() > 0);
    Index unlabelled = 0;
    for (const mohs::Triplet& triplet : triplets) {
        REQUIRE(partial.related(triplet.anchor, triplet.negative) == Related::negative);
        REQUIRE(partial.related(triplet.anchor, triplet.positive) == Related::positive);
        unlabelled += triplet.negative % 2;
    }
    CHECK(unlabelled > 0);
}

TEST_CASE("options of pseudo-labels that make no sense are refused")
{
    using Judge = mohs::PseudoLabels<mohs::Cosine>;
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.k = 0}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.positive_from = 0.5}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.positive_from = 1.1}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.positive_from = 0.8, .negative_up_to = 0.8}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.negative_up_to = -0.1}), std::invalid_argument);
}
