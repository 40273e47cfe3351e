#pragma once

#include <mohs/bank/cross_batch.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

/// What a bank does, by definition and as slowly as may be.
namespace bank_model {

using mohs::CrossBatchOptions;
using mohs::CrossBatchReport;
using mohs::Index;

inline constexpr Index dimension = 3;

/// Rows that own their labels and ids.
struct Rows {
    mohs::Matrix elements;
    std::vector<std::int64_t> labels, ids;

    [[nodiscard]] mohs::Batch<float> batch() const { return mohs::Batch(elements, labels).with_ids(ids); }
};

class Model {
public:
    explicit Model(const CrossBatchOptions& options) : options_(options) {}

    CrossBatchReport enqueue(const Rows& rows, std::uint64_t step)
    {
        CrossBatchReport report{.expired = drop_older(step)};
        for (Index row = 0; row < rows.elements.rows(); ++row) {
            const auto at = static_cast<std::size_t>(row);
            const Row next{rows.elements.row(row), rows.labels[at], rows.ids[at], step, clock_++};
            // Eigen's allFinite() takes infinity from infinity.
            if (!next.elements.unaryExpr([](float each) { return std::isfinite(each); }).all()) {
                ++report.non_finite;
                continue;
            }
            ++report.added;
            std::size_t place = 0;
            while (place < rows_.size() &&
                   (options_.same_sample == mohs::SameSample::keep || rows_[place].id != next.id)) {
                ++place;
            }
            if (place < rows_.size()) {
                ++report.replaced;
                rows_[place] = next;
            } else if (static_cast<Index>(rows_.size()) < options_.capacity) {
                rows_.push_back(next);
            } else {
                ++report.overwritten;
                rows_[oldest()] = next;
            }
        }
        return report;
    }

    CrossBatchReport renew(const Rows& rows, std::uint64_t step)
    {
        const Model before = *this;
        rows_.clear();
        const CrossBatchReport report = enqueue(rows, step);
        if (report.added == 0) {
            *this = before;
        }
        return report;
    }

    /// Whether a row is there that is not too old.
    [[nodiscard]] bool has_rows(std::uint64_t step) const
    {
        Model later = *this;
        later.drop_older(step);
        return !later.rows_.empty();
    }

    Index drop_older(std::uint64_t step)
    {
        Index dropped = 0;
        while (options_.oldest && !rows_.empty() && step - rows_[oldest()].step > *options_.oldest) {
            rows_[oldest()] = rows_.back();
            rows_.pop_back();
            ++dropped;
        }
        return dropped;
    }

    [[nodiscard]] Rows rows() const
    {
        Rows result;
        result.elements.resize(static_cast<Index>(rows_.size()), dimension);
        for (std::size_t place = 0; place < rows_.size(); ++place) {
            result.elements.row(static_cast<Index>(place)) = rows_[place].elements;
            result.labels.push_back(rows_[place].label);
            result.ids.push_back(rows_[place].id);
        }
        return result;
    }

    [[nodiscard]] std::uint64_t step(std::size_t place) const { return rows_[place].step; }

private:
    struct Row {
        Eigen::Matrix<float, 1, dimension> elements;
        std::int64_t label, id;
        std::uint64_t step, time;
    };

    [[nodiscard]] std::size_t oldest() const
    {
        std::size_t result = 0;
        for (std::size_t place = 0; place < rows_.size(); ++place) {
            result = rows_[place].time < rows_[result].time ? place : result;
        }
        return result;
    }

    CrossBatchOptions options_;
    std::vector<Row> rows_;
    std::uint64_t clock_ = 0;
};

/// Whether a bank holds what the model does, place by place.
inline bool same(const mohs::CrossBatchBank<float>& bank, const Model& model)
{
    const Rows rows = model.rows();
    if (bank.rows() != rows.elements.rows() || bank.steps().size() != rows.ids.size()) {
        return false;
    }
    const mohs::Batch batch = bank.batch();
    bool result = batch.rows() == bank.rows();
    for (Index row = 0; row < batch.rows(); ++row) {
        const auto at = static_cast<std::size_t>(row);
        result = result && batch.label(row) == rows.labels[at] && batch.id(row) == rows.ids[at] &&
                 bank.steps()[at] == model.step(at);
        for (Index k = 0; k < dimension; ++k) {
            result = result && batch.at(row, k) == rows.elements(row, k);
        }
    }
    return result;
}

class Random {
public:
    explicit Random(std::uint64_t seed) : generator_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return generator_() % bound; }

    CrossBatchOptions options()
    {
        CrossBatchOptions options{.capacity = static_cast<Index>(1 + below(40))};
        if (below(2) == 0) {
            options.oldest = below(8);
        }
        options.same_sample = below(3) == 0 ? mohs::SameSample::keep : mohs::SameSample::replace;
        return options;
    }

    /// Up to 12 rows of 50 samples, some of them with ids far away, some not finite.
    Rows rows()
    {
        Rows result = rows(static_cast<Index>(below(13)));
        for (Index row = 0; row < result.elements.rows(); ++row) {
            if (below(20) == 0) {
                result.elements(row, static_cast<Index>(below(dimension))) = std::numeric_limits<float>::infinity();
            }
        }
        return result;
    }

    /// As many, all finite.
    Rows rows(Index count)
    {
        Rows result;
        result.elements.resize(count, dimension);
        for (Index row = 0; row < count; ++row) {
            for (Index k = 0; k < dimension; ++k) {
                result.elements(row, k) = static_cast<float>(below(2001)) / 1000 - 1;
            }
            const auto sample = static_cast<std::int64_t>(below(50));
            result.ids.push_back(sample % 5 == 0 ? -(sample << 40) : sample);
            result.labels.push_back(sample % 4);
        }
        return result;
    }

private:
    std::mt19937_64 generator_;
};

}
