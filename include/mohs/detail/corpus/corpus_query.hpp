#pragma once

/// \file
/// A candidate of a corpus as filters see it, and exact values between the rows of two blocks.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/corpus/corpus_lists.hpp>
#include <mohs/detail/scene/measure_rows.hpp>

#include <optional>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// The factors that bring the rows of a batch to length 1, where a metric wants that.
template <class M, class Scalar>
std::vector<UnitScale> scales_of(const Batch<Scalar>& batch, const Options& options)
{
    std::vector<UnitScale> result(static_cast<std::size_t>(batch.rows()), UnitScale{1, 1});
    if constexpr (normalises<M>) {
        constexpr Index at_once = 256;
        parallel_for(options, (batch.rows() + at_once - 1) / at_once, [&](Index task, int) {
            for (Index row = task * at_once; row < (std::min)(batch.rows(), (task + 1) * at_once); ++row) {
                result[static_cast<std::size_t>(row)] = metric_scale<M>(batch, row);
            }
        });
    }
    return result;
}

/// Exact values between the rows of a block of queries and one of the corpus: those of `measure`, bit for bit.
/// Without the scales of the corpus they are computed anew for every value.
template <class M, class A, class B>
class BlockValues {
public:
    BlockValues(const Batch<A>& queries, std::span<const UnitScale> query_scales, const Batch<B>& corpus,
                std::span<const UnitScale> corpus_scales)
        : queries_(queries), corpus_(corpus), query_scales_(query_scales), corpus_scales_(corpus_scales)
    {
    }

    /// Beyond the range of double: the largest number there is. Rows have to be finite.
    [[nodiscard]] double operator()(Index query, Index row) const
    {
        const double value = measure_scaled<M>(
            queries_, query, query_scales_[static_cast<std::size_t>(query)], corpus_, row,
            corpus_scales_.empty() ? metric_scale<M>(corpus_, row) : corpus_scales_[static_cast<std::size_t>(row)]);
        return is_finite(value) ? value : std::copysign((std::numeric_limits<double>::max)(), value);
    }

    [[nodiscard]] const Batch<A>& queries() const { return queries_; }
    [[nodiscard]] const Batch<B>& corpus() const { return corpus_; }

private:
    const Batch<A>& queries_;
    const Batch<B>& corpus_;
    std::span<const UnitScale> query_scales_, corpus_scales_;
};

/// What FilterQuery is to miners of batches: a candidate that would be taken as a negative. Rows are numbered within
/// queries and corpus; those of the blocks in memory, within these, are told by `anchor_row`, `negative_row` and
/// `positive_row`.
template <class M_, class A, class B>
class CorpusQuery {
public:
    using M = M_;

    CorpusQuery(const BlockValues<M, A, B>& values, const CorpusLists& lists, const CorpusList& list,
                const Batch<B>* positive_rows, Index first_row, Index negative_row,
                std::optional<double> value = std::nullopt)
        : values_(values),
          lists_(lists),
          list_(list),
          positive_rows_(positive_rows),
          first_row_(first_row),
          negative_row_(negative_row),
          positive_(list.begin),
          value_(value)
    {
    }

    [[nodiscard]] Anchor anchor() const { return {lists_.number_of(list_)}; }
    [[nodiscard]] Candidate negative() const { return {first_row_ + negative_row_}; }
    [[nodiscard]] Candidate positive() const { return {lists_.positives[positive_].row}; }
    [[nodiscard]] Index anchor_row() const { return list_.query; }
    [[nodiscard]] Index negative_row() const { return negative_row_; }
    [[nodiscard]] Index positive_row() const { return static_cast<Index>(positive_); }

    [[nodiscard]] double value() const
    {
        if (!value_) {
            value_ = values_(list_.query, negative_row_);
        }
        return *value_;
    }
    [[nodiscard]] double positive_value() const { return lists_.positives[positive_].value; }
    [[nodiscard]] const PositiveValues& positive_values() const { return list_.values; }
    [[nodiscard]] double value_to_positive() const
    {
        return measure_rows<M>(*positive_rows_, positive_row(), values_.corpus(), negative_row_);
    }

    [[nodiscard]] const Batch<A>& anchors() const { return values_.queries(); }
    [[nodiscard]] const Batch<B>& candidates() const { return values_.corpus(); }
    [[nodiscard]] const Batch<B>& positive_rows() const { return *positive_rows_; }

    // For rules of corpus mining.

    [[nodiscard]] const CorpusList& list() const { return list_; }
    [[nodiscard]] const CorpusLists& lists() const { return lists_; }
    /// The same of another positive of the list, by its place in the table.
    [[nodiscard]] CorpusQuery with_positive(std::size_t positive) const
    {
        CorpusQuery result = *this;
        result.positive_ = positive;
        return result;
    }

private:
    const BlockValues<M, A, B>& values_;
    const CorpusLists& lists_;
    const CorpusList& list_;
    const Batch<B>* positive_rows_;
    Index first_row_, negative_row_;
    std::size_t positive_;
    mutable std::optional<double> value_;
};

}  // namespace mohs::inline MOHS_ABI::detail
