#include "noise.hpp"

#include <Eigen/Cholesky>

namespace digits {

NextChoices next_choices(const mohs::Matrix& features, const Labels& labels)
{
    const Labels classes = distinct(labels);
    const Index rows = features.rows(), columns = features.cols() + 1, count = static_cast<Index>(classes.size());
    mohs::Matrix inputs(rows, columns), targets = mohs::Matrix::Zero(rows, count);
    inputs << features, Eigen::VectorXf::Ones(rows);
    std::vector<Index> own;
    for (Index row = 0; row < rows; ++row) {
        const auto at = std::lower_bound(classes.begin(), classes.end(), labels[static_cast<std::size_t>(row)]);
        own.push_back(at - classes.begin());
        targets(row, own.back()) = 1;
    }
    Eigen::MatrixXf gram = inputs.transpose() * inputs;
    gram.diagonal().array() += 1;
    const mohs::Matrix scores = inputs * gram.ldlt().solve(inputs.transpose() * targets);

    NextChoices result;
    for (Index row = 0; row < rows; ++row) {
        const Index self = own[static_cast<std::size_t>(row)];
        Index best = self == 0 ? 1 : 0;
        for (Index other = best + 1; other < count; ++other) {
            best = other != self && scores(row, other) > scores(row, best) ? other : best;
        }
        result.labels.push_back(classes[static_cast<std::size_t>(best)]);
        result.margins.push_back(scores(row, self) - scores(row, best));
    }
    return result;
}

namespace {

/// Rows of every class, drawn at random, get the class that most rows of theirs have as their next choice.
void mistake_classes(Labels& labels, const NextChoices& next, double share, Random& random)
{
    std::map<std::int64_t, std::vector<std::size_t>> members;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        members[labels[row]].push_back(row);
    }
    for (auto& [label, rows] : members) {
        std::map<std::int64_t, Index> counts;
        for (const std::size_t row : rows) {
            ++counts[next.labels[row]];
        }
        const std::int64_t mistaken_for =
            std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                return a.second < b.second;
            })->first;
        const auto count = static_cast<std::size_t>(std::lround(share * static_cast<double>(rows.size())));
        random.draw(rows, count);
        for (std::size_t i = 0; i < count; ++i) {
            labels[rows[i]] = mistaken_for;
        }
    }
}

/// The rows with the smallest margins get their next choice.
void mistake_rows(Labels& labels, const NextChoices& next, double share)
{
    std::vector<std::size_t> order(labels.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return next.margins[a] < next.margins[b]; });
    order.resize(static_cast<std::size_t>(std::lround(share * static_cast<double>(labels.size()))));
    for (const std::size_t row : order) {
        labels[row] = next.labels[row];
    }
}

}  // namespace

void add_noise(Labels& labels, const mohs::Matrix& features, NoiseKind kind, double share, const Labels& classes,
               Random random)
{
    switch (kind) {
        case NoiseKind::none: break;
        case NoiseKind::uniform: redraw_labels(labels, share, classes, random); break;
        case NoiseKind::class_dependent: mistake_classes(labels, next_choices(features, labels), share, random); break;
        case NoiseKind::instance_dependent: mistake_rows(labels, next_choices(features, labels), share); break;
    }
}

}  // namespace digits
