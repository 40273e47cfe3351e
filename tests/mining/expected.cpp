#include "expected.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace mining {

bool is_value(Metric metric, double found, const Key& key)
{
    const double magnitude = metric.similarity ? key.key : -key.key;
    const double exact = metric.similarity || metric.squared ? magnitude : std::sqrt(magnitude);
    if (metric.similarity) {
        return std::abs(found - exact) <= key.error + 1e-14 * std::abs(exact);
    }
    // Unit vectors are rounded to 1e-16 of their length before they are subtracted, other rows are exact.
    return std::abs(found - exact) <= 1e-12 * exact + (metric.normalised ? 1e-14 : 0);
}

namespace {

/// Compares triplets with the definition. The oracle is computed once per scene, for any number of results.
class Expected {
public:
    Expected(const Subject& subject, const Scene& scene) : subject_(subject), scene_(scene)
    {
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            auto positives = reference::keys(subject.metric, subject.precision, scene, anchor, Among::positives);
            auto negatives = reference::keys(subject.metric, subject.precision, scene, anchor, Among::negatives);
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

    /// What is wrong with `mined`; empty if nothing is.
    [[nodiscard]] std::string fault(const Mined& mined) const
    {
        if (mined.triplets.size() != anchors_.size()) {
            return std::to_string(mined.triplets.size()) + " triplets instead of " + std::to_string(anchors_.size());
        }
        for (std::size_t i = 0; i < anchors_.size(); ++i) {
            const ValidAnchor& anchor = anchors_[i];
            const mohs::Triplet triplet = mined.triplets[i];
            if (triplet.anchor != anchor.row) {
                return "triplet " + std::to_string(i) + " has anchor " + std::to_string(triplet.anchor) +
                       " instead of " + std::to_string(anchor.row);
            }
            for (const std::string& wrong : {side_fault(subject_.positive, anchor.positives, triplet.positive,
                                                        mined.positive_values[i], "positive"),
                                             side_fault(subject_.negative, anchor.negatives, triplet.negative,
                                                        mined.negative_values[i], "negative")}) {
                if (!wrong.empty()) {
                    return "anchor " + std::to_string(anchor.row) + ": " + wrong;
                }
            }
        }
        return report_fault(mined);
    }

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
        if (!is_value(subject_.metric, value, *key)) {
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

    [[nodiscard]] std::string report_fault(const Mined& mined) const
    {
        const mohs::Report& report = mined.report;
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
        const std::string positive = summary_fault(report.positive, mined.positive_values);
        const std::string negative = summary_fault(report.negative, mined.negative_values);
        return !positive.empty()   ? "report: positive: " + positive
               : !negative.empty() ? "report: negative: " + negative
                                   : "";
    }

    static std::string summary_fault(const mohs::Summary& summary, std::vector<double> values)
    {
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

    const Subject& subject_;
    Scene scene_;
    std::vector<ValidAnchor> anchors_;
    mohs::Report report_;
};

}

std::string name_of(const Scene& scene, mohs::IsaLevel level)
{
    const auto size = [](const Data& data) {
        return data.name + " of " + std::to_string(data.size()) + " x " + std::to_string(data.dimension());
    };
    return (scene.self ? size(scene.anchors) : size(scene.anchors) + " against " + size(scene.candidates)) + ", " +
           mohs::to_string(level) + ": ";
}

std::string fault(const Subject& subject, const Scene& scene)
{
    const Expected expected(subject, scene);
    std::vector<Options> ways;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        ways.push_back({.isa = level, .threads = 1});
    }
    const std::vector<Mined> found = subject.run(scene, ways);
    for (std::size_t way = 0; way < ways.size(); ++way) {
        const std::string wrong = expected.fault(found[way]);
        if (!wrong.empty()) {
            return name_of(scene, ways[way].isa) + wrong;
        }
    }
    return {};
}

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

template std::vector<Index> edge_sizes<float>();
template std::vector<Index> edge_sizes<double>();

std::string self_scan_fault(const Subject& subject)
{
    std::string wrong;
    for (const Data& data : reference::all_kinds(61, 13)) {
        if (!data.labels.empty()) {
            wrong += fault(subject, Scene(subject.rounded(data)));
        }
    }
    for (const Index size : subject.edge_sizes()) {
        wrong += fault(subject, Scene(subject.rounded(reference::clustered(size, 5))));
        wrong += fault(subject, Scene(subject.rounded(reference::non_finite(size, 3))));
    }
    // A single column, and more than one block of columns.
    for (const Index dimension : {1, 2, 8, 300}) {
        wrong += fault(subject, Scene(subject.rounded(reference::gaussian(50, dimension))));
    }
    return wrong;
}

std::string gallery_scan_fault(const Subject& subject)
{
    std::string wrong;
    const std::vector<Data> queries = reference::all_kinds(30, 13), galleries = reference::all_kinds(53, 13);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!queries[i].labels.empty()) {
            wrong += fault(subject, Scene(subject.rounded(queries[i]), subject.rounded(galleries[i])));
        }
    }
    for (const Index size : subject.edge_sizes()) {
        // Queries of the size with a gallery of about half of it, and the other way round.
        const Data large = subject.rounded(reference::two_classes(size, 5)),
                   small = subject.rounded(reference::two_classes((size + 1) / 2, 5, 17));
        wrong += fault(subject, Scene(large, small)) + fault(subject, Scene(small, large));
    }
    return wrong;
}

Data integers()
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

std::vector<Key> integer_keys(Metric metric, const Scene& scene, Index anchor, Among among)
{
    std::vector<Key> keys = reference::keys(metric, reference::precision_of<float>, scene, anchor, among);
    for (Key& key : keys) {
        key.key = std::round(key.key);
    }
    return keys;
}

std::string exact_tie_fault(const Subject& subject)
{
    const Data data = integers();
    const Scene scene(data);
    const auto expected = [&](Choice choice, Index anchor, Among among) {
        const std::vector<Key> keys = integer_keys(subject.metric, scene, anchor, among);
        return reference::first_of(choice == Choice::farthest ? reference::farthest_first(keys) : keys);
    };
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        for (const mohs::Triplet& triplet : triplets_of(subject.run, scene, {.isa = level, .threads = 1})) {
            const bool positive = subject.positive == Choice::any ||
                                  triplet.positive == expected(subject.positive, triplet.anchor, Among::positives);
            const bool negative = subject.negative == Choice::any ||
                                  triplet.negative == expected(subject.negative, triplet.anchor, Among::negatives);
            if (!positive || !negative) {
                return name_of(scene, level) + "not the lowest row for anchor " + std::to_string(triplet.anchor);
            }
        }
    }
    return {};
}

std::string layout_fault(const SameAsPlain& same)
{
    const Data data = reference::clustered(59, 11);
    const mohs::Matrix rows = data.as<float>();
    const mohs::Batch plain(rows, data.labels);
    const auto check = [&](const mohs::Batch<float>& batch, const char* layout) -> std::string {
        return same(batch, plain) ? "" : layout;
    };
    const Eigen::MatrixXf columns = rows;
    // What lies between the elements that count would be noticed.
    mohs::Matrix wide = mohs::Matrix::Constant(2 * rows.rows() + 3, 3 * rows.cols() + 5, 1e4F);
    Eigen::Map<mohs::Matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
        wide.data() + 7, rows.rows(), rows.cols(), Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(2 * wide.cols(), 3));
    strided = rows;
    std::string wrong = check(mohs::Batch(columns, data.labels), "column-major; ") +
                        check(mohs::Batch(strided, data.labels), "strided; ");
    mohs::Matrix around = mohs::Matrix::Constant(rows.rows() + 2, rows.cols() + 3, 1e4F);
    auto block = around.block(1, 2, rows.rows(), rows.cols());
    block = rows;
    wrong += check(mohs::Batch(block, data.labels), "block; ");
    const mohs::Matrix reversed = rows.colwise().reverse();
    const auto backwards = Eigen::Map<const mohs::Matrix, 0, Eigen::OuterStride<>>(
        reversed.data() + (rows.rows() - 1) * rows.cols(), rows.rows(), rows.cols(),
        Eigen::OuterStride<>(-rows.cols()));
    return wrong + check(mohs::Batch(backwards, data.labels), "backwards; ");
}

}
