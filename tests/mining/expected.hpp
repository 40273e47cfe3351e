#pragma once

/// \file
/// What a TripletMiner has to return, from the definitions of its strategies, and the runs that the tests of all
/// strategies share.

#include "../reference.hpp"

#include <mohs/mining/easiest_positive.hpp>
#include <mohs/mining/hardest_negative.hpp>
#include <mohs/mining/hardest_positive.hpp>
#include <mohs/mining/random_negative.hpp>
#include <mohs/mining/random_positive.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace mining {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Key;
using reference::Scene;

/// One metric per way of packing rows: what the strategies are tested with.
using Metrics = std::tuple<mohs::DotProduct, mohs::Euclidean, mohs::Normalised<mohs::Euclidean>>;
/// All of them, for one strategy: none of the others does anything else with a metric.
using AllMetrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                              mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>,
                              mohs::Normalised<mohs::DotProduct>>;

/// Which candidate a strategy is to choose.
enum class Choice { nearest, farthest, any };

template <class Strategy>
inline constexpr Choice choice_of = Choice::any;
template <>
inline constexpr Choice choice_of<mohs::HardestNegative> = Choice::nearest;
template <>
inline constexpr Choice choice_of<mohs::EasiestPositive> = Choice::nearest;
template <>
inline constexpr Choice choice_of<mohs::HardestPositive> = Choice::farthest;

/// A value is computed in double, or, if it is a similarity, at worst by the kernel.
template <class M>
bool is_value(double found, const Key& key)
{
    const bool squared = reference::is_similarity<M> || std::is_same_v<M, mohs::SquaredEuclidean> ||
                         std::is_same_v<M, mohs::Normalised<mohs::SquaredEuclidean>>;
    const double magnitude = reference::is_similarity<M> ? key.key : -key.key;
    const double exact = squared ? magnitude : std::sqrt(magnitude);
    if constexpr (reference::is_similarity<M>) {
        return std::abs(found - exact) <= key.error + 1e-14 * std::abs(exact);
    }
    // Unit vectors are rounded to 1e-16 of their length before they are subtracted, other rows are exact.
    return std::abs(found - exact) <= 1e-12 * exact + (reference::is_normalised<M> ? 1e-14 : 0);
}

/// Compares triplets with the definition. The oracle is computed once per scene, for any number of results. `T` is what
/// the kernel computes in.
template <class M, class T, class Positive, class Negative>
class Expected {
public:
    explicit Expected(const Scene& scene) : scene_(scene)
    {
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            auto positives = reference::keys<M, T>(scene, anchor, Among::positives);
            auto negatives = reference::keys<M, T>(scene, anchor, Among::negatives);
            const bool finite = reference::is_finite_row(scene.anchors.rows, anchor);
            report_.non_finite += finite ? 0 : 1;
            report_.no_positive += finite && positives.empty() ? 1 : 0;
            report_.no_negative += finite && !positives.empty() && negatives.empty() ? 1 : 0;
            if (!positives.empty() && !negatives.empty()) {
                anchors_.push_back({anchor, std::move(positives), std::move(negatives)});
            }
            report_.zero_rows += is_zero(scene.anchors.rows, anchor) ? 1 : 0;
        }
        for (Index row = 0; row < scene.candidates.size(); ++row) {
            report_.non_finite_candidates += reference::is_finite_row(scene.candidates.rows, row) ? 0 : 1;
            report_.zero_rows += !scene.self && is_zero(scene.candidates.rows, row) ? 1 : 0;
        }
        report_.anchors = scene.anchors.size();
        report_.valid = report_.tuples = static_cast<Index>(anchors_.size());
    }

    /// What is wrong with `triplets`; empty if nothing is.
    [[nodiscard]] std::string fault(const mohs::Triplets<M>& triplets) const
    {
        if (triplets.size() != static_cast<Index>(anchors_.size())) {
            return std::to_string(triplets.size()) + " triplets instead of " + std::to_string(anchors_.size());
        }
        for (Index i = 0; i < triplets.size(); ++i) {
            const ValidAnchor& anchor = anchors_[static_cast<std::size_t>(i)];
            const mohs::Triplet triplet = triplets[i];
            if (triplet.anchor != anchor.row) {
                return "triplet " + std::to_string(i) + " has anchor " + std::to_string(triplet.anchor) +
                       " instead of " + std::to_string(anchor.row);
            }
            for (const std::string& wrong : {side_fault(choice_of<Positive>, anchor.positives, triplet.positive,
                                                        triplets.positive_values()[i], "positive"),
                                             side_fault(choice_of<Negative>, anchor.negatives, triplet.negative,
                                                        triplets.negative_values()[i], "negative")}) {
                if (!wrong.empty()) {
                    return "anchor " + std::to_string(anchor.row) + ": " + wrong;
                }
            }
        }
        return report_fault(triplets);
    }

    [[nodiscard]] const mohs::Report& report() const { return report_; }

private:
    struct ValidAnchor {
        Index row;
        std::vector<Key> positives, negatives;
    };

    static bool is_zero(const reference::Table& rows, Index row)
    {
        for (Index k = 0; k < rows.cols(); ++k) {
            if (!reference::is_finite(rows(row, k)) || rows(row, k) != 0) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] std::string side_fault(Choice choice, const std::vector<Key>& candidates, Index found, double value,
                                         const std::string& side) const
    {
        const auto key = std::find_if(candidates.begin(), candidates.end(),
                                      [&](const Key& each) { return each.candidate == found; });
        if (key == candidates.end()) {
            return "row " + std::to_string(found) + " is not one of its " + side + "s";
        }
        if (!is_value<M>(value, *key)) {
            return "the value of " + side + " " + std::to_string(found) + " is " + std::to_string(value) +
                   ", its key " + std::to_string(key->key);
        }
        if (choice != Choice::any) {
            const std::vector<Key> ranked =
                choice == Choice::farthest ? reference::farthest_first(candidates) : candidates;
            if (!reference::is_first_of(scene_, ranked, found)) {
                return side + " " + std::to_string(found) + " instead of " +
                       std::to_string(reference::first_of(ranked));
            }
        }
        return {};
    }

    [[nodiscard]] std::string report_fault(const mohs::Triplets<M>& triplets) const
    {
        const mohs::Report& report = triplets.report;
        const std::pair<const char*, Index mohs::Report::*> counts[] = {
            {"anchors", &mohs::Report::anchors},
            {"valid", &mohs::Report::valid},
            {"no_positive", &mohs::Report::no_positive},
            {"no_negative", &mohs::Report::no_negative},
            {"non_finite", &mohs::Report::non_finite},
            {"non_finite_candidates", &mohs::Report::non_finite_candidates},
            {"zero_rows", &mohs::Report::zero_rows},
            {"overflows", &mohs::Report::overflows},
            {"tuples", &mohs::Report::tuples},
            {"active", &mohs::Report::active}};
        for (const auto& [name, count] : counts) {
            if (report.*count != report_.*count) {
                return std::string("report: ") + name + " is " + std::to_string(report.*count) + " instead of " +
                       std::to_string(report_.*count);
            }
        }
        if (report.valid + report.no_positive + report.no_negative + report.non_finite != report.anchors) {
            return "report: anchors are not valid or under exactly one reason";
        }
        const std::string positive = summary_fault(report.positive, triplets.positive_values());
        const std::string negative = summary_fault(report.negative, triplets.negative_values());
        return !positive.empty()   ? "report: positive: " + positive
               : !negative.empty() ? "report: negative: " + negative
                                   : "";
    }

    static std::string summary_fault(const mohs::Summary& summary, const Eigen::Map<const Eigen::VectorXd>& map)
    {
        std::vector<double> values(map.begin(), map.end());
        std::sort(values.begin(), values.end());
        if (summary.count != static_cast<Index>(values.size())) {
            return "count is " + std::to_string(summary.count);
        }
        if (values.empty()) {
            return {};
        }
        double sum = 0, magnitude = 0;
        for (const double value : values) {
            sum += value;
            magnitude += std::abs(value);
        }
        const auto count = static_cast<double>(values.size());
        const auto quantile = [&](double q) { return values[static_cast<std::size_t>(q * (count - 1))]; };
        const std::pair<double, double> quantiles[] = {{summary.min, quantile(0)},
                                                       {summary.q05, quantile(0.05)},
                                                       {summary.median, quantile(0.5)},
                                                       {summary.q95, quantile(0.95)},
                                                       {summary.max, quantile(1)}};
        for (const auto& [found, exact] : quantiles) {
            if (found != exact) {
                return "a quantile is " + std::to_string(found) + " instead of " + std::to_string(exact);
            }
        }
        return std::abs(summary.mean - sum / count) <= 1e-12 * magnitude / count
                   ? ""
                   : "the mean is " + std::to_string(summary.mean);
    }

    Scene scene_;
    std::vector<ValidAnchor> anchors_;
    mohs::Report report_;
};

inline std::string name_of(const Scene& scene, mohs::IsaLevel level)
{
    const auto size = [](const Data& data) {
        return data.name + " of " + std::to_string(data.size()) + " x " + std::to_string(data.dimension());
    };
    return (scene.self ? size(scene.anchors) : size(scene.anchors) + " against " + size(scene.candidates)) + ", " +
           mohs::to_string(level) + ": ";
}

/// Runs `miner` on a scene at every ISA level; what is wrong with its triplets.
template <class Scalar, class M, class Positive, class Negative>
std::string fault(const mohs::TripletMiner<M, Positive, Negative>& miner, const Scene& scene)
{
    const Expected<M, typename mohs::Batch<Scalar>::Compute, Positive, Negative> expected(scene);
    const reference::Owned<Scalar> anchors(scene.anchors), candidates(scene.candidates);
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const Options options{.isa = level, .threads = 1};
        const auto triplets =
            scene.self ? miner(anchors.batch(), options) : miner(anchors.batch(), candidates.batch(), options);
        const std::string wrong = expected.fault(triplets);
        if (!wrong.empty()) {
            return name_of(scene, level) + wrong;
        }
    }
    return {};
}

/// Numbers of rows around the edges of panels, at all levels, without the larger ones.
template <class T>
std::vector<Index> edge_sizes()
{
    std::set<Index> sizes;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const Index width = reference::panel_width<T>(level);
        sizes.insert({0, 1, 2, width - 1, width, width + 1, 2 * width - 1, 2 * width, 2 * width + 1});
    }
    return {sizes.begin(), sizes.end()};
}

/// A batch against itself, for data of every kind and batches of every size that matters.
template <class Scalar, class M, class Positive, class Negative>
std::string self_scan_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    std::string wrong;
    for (const Data& data : reference::all_kinds(61, 13)) {
        if (!data.labels.empty()) {
            wrong += fault<Scalar>(miner, Scene(reference::rounded_to<Scalar>(data)));
        }
    }
    for (const Index size : edge_sizes<typename mohs::Batch<Scalar>::Compute>()) {
        wrong += fault<Scalar>(miner, Scene(reference::rounded_to<Scalar>(reference::clustered(size, 5))));
        wrong += fault<Scalar>(miner, Scene(reference::rounded_to<Scalar>(reference::non_finite(size, 3))));
    }
    // A single column, and more than one block of columns.
    for (const Index dimension : {1, 2, 8, 300}) {
        wrong += fault<Scalar>(miner, Scene(reference::rounded_to<Scalar>(reference::gaussian(50, dimension))));
    }
    return wrong;
}

/// Queries against a gallery, the same.
template <class Scalar, class M, class Positive, class Negative>
std::string gallery_scan_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    std::string wrong;
    const std::vector<Data> queries = reference::all_kinds(30, 13), galleries = reference::all_kinds(53, 13);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!queries[i].labels.empty()) {
            wrong += fault<Scalar>(
                miner, Scene(reference::rounded_to<Scalar>(queries[i]), reference::rounded_to<Scalar>(galleries[i])));
        }
    }
    for (const Index size : edge_sizes<typename mohs::Batch<Scalar>::Compute>()) {
        // Queries of the size with a gallery of about half of it, and the other way round.
        const Data large = reference::rounded_to<Scalar>(reference::two_classes(size, 5)),
                   small = reference::rounded_to<Scalar>(reference::two_classes((size + 1) / 2, 5, 17));
        wrong += fault<Scalar>(miner, Scene(large, small)) + fault<Scalar>(miner, Scene(small, large));
    }
    return wrong;
}

/// Rows of small integers, each with its negation, so that their mean is 0: all scores are exact, and many are equal.
inline Data integers()
{
    constexpr Index pairs = 37, dimension = 4;
    reference::Generator generator(18);
    Data data{"integers", reference::Table(2 * pairs, dimension), reference::shuffled_labels(2 * pairs, 5, generator)};
    for (Index i = 0; i < pairs; ++i) {
        for (Index k = 0; k < dimension; ++k) {
            data.rows(i, k) = static_cast<double>(reference::uniform_below(generator, 5) - 2);
            data.rows(pairs + i, k) = -data.rows(i, k);
        }
    }
    return data;
}

/// The keys of integers are integers; the oracle's square roots are not exact.
template <class M>
std::vector<Key> integer_keys(const Scene& scene, Index anchor, Among among)
{
    std::vector<Key> keys = reference::keys<M, float>(scene, anchor, among);
    for (Key& key : keys) {
        key.key = std::round(key.key);
    }
    return keys;
}

/// Where scores are exact, nothing but the definition's own answer is right: of equal ones, the lowest row.
template <class M, class Positive, class Negative>
std::string exact_tie_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    const Data data = integers();
    const Scene scene(data);
    const auto expected = [&](Choice choice, Index anchor, Among among) {
        const std::vector<Key> keys = integer_keys<M>(scene, anchor, among);
        return reference::first_of(choice == Choice::farthest ? reference::farthest_first(keys) : keys);
    };
    const reference::Owned<float> owned(data);
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        for (const mohs::Triplet triplet : miner(owned.batch(), {.isa = level, .threads = 1})) {
            const bool positive = choice_of<Positive> == Choice::any ||
                                  triplet.positive == expected(choice_of<Positive>, triplet.anchor, Among::positives);
            const bool negative = choice_of<Negative> == Choice::any ||
                                  triplet.negative == expected(choice_of<Negative>, triplet.anchor, Among::negatives);
            if (!positive || !negative) {
                return name_of(scene, level) + "not the lowest row for anchor " + std::to_string(triplet.anchor);
            }
        }
    }
    return {};
}

template <class M>
bool same_triplets(const mohs::Triplets<M>& a, const mohs::Triplets<M>& b)
{
    return a.anchors() == b.anchors() && a.positives() == b.positives() && a.negatives() == b.negatives() &&
           a.positive_values() == b.positive_values() && a.negative_values() == b.negative_values();
}

/// Any layout of the same rows gives the same triplets, bit for bit.
template <class Scalar, class M, class Positive, class Negative>
std::string layout_fault(const mohs::TripletMiner<M, Positive, Negative>& miner)
{
    const Data data = reference::clustered(59, 11);
    const mohs::MatrixOf<Scalar> rows = data.as<Scalar>();
    const Options serial{.threads = 1};
    const mohs::Triplets<M> expected = miner(mohs::Batch(rows, data.labels), serial);
    const auto check = [&](const auto& layout, const std::string& name) {
        const mohs::Batch batch(layout, data.labels), plain(rows, data.labels);
        const bool self = same_triplets(miner(batch, serial), expected),
                   gallery = same_triplets(miner(batch, plain, serial), miner(plain, batch, serial));
        return (self ? "" : name + " in a batch; ") + (gallery ? "" : name + " in a gallery; ");
    };
    const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> columns = rows;
    // What lies between the elements that count would be noticed.
    mohs::MatrixOf<Scalar> wide =
        mohs::MatrixOf<Scalar>::Constant(2 * rows.rows() + 3, 3 * rows.cols() + 5, Scalar(1e4F));
    Eigen::Map<mohs::MatrixOf<Scalar>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
        wide.data() + 7, rows.rows(), rows.cols(), Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(2 * wide.cols(), 3));
    strided = rows;
    std::string wrong = check(columns, "column-major") + check(strided, "strided");
    mohs::MatrixOf<Scalar> around = mohs::MatrixOf<Scalar>::Constant(rows.rows() + 2, rows.cols() + 3, Scalar(1e4F));
    auto block = around.block(1, 2, rows.rows(), rows.cols());
    block = rows;
    wrong += check(block, "block");
    const mohs::MatrixOf<Scalar> reversed = rows.colwise().reverse();
    const auto backwards = Eigen::Map<const mohs::MatrixOf<Scalar>, 0, Eigen::OuterStride<>>(
        reversed.data() + (rows.rows() - 1) * rows.cols(), rows.rows(), rows.cols(),
        Eigen::OuterStride<>(-rows.cols()));
    return wrong + check(backwards, "backwards");
}

}  // namespace mining
