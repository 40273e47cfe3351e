#pragma once

/// \file
/// Blocks of queries: their rows, lists, positives, and what is no candidate of theirs.

#include <mohs/detail/corpus/corpus_exclusions.hpp>
#include <mohs/detail/corpus/corpus_plan.hpp>
#include <mohs/detail/corpus/corpus_rules.hpp>
#include <mohs/detail/corpus/measure_positives.hpp>

#include <optional>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What a call mines.
template <class Queries, class Corpus>
struct CorpusInput {
    const Queries& queries;
    const Corpus& corpus;
    const Relation& relation;
    const PositiveScores* scores = nullptr;
};

/// Some queries at work, by any numbers, ascending. `Rules` are CorpusRules.
template <class M, class Rules, class Queries, class Corpus>
class QueryBlock {
public:
    using A = typename Queries::Scalar;
    using B = typename Corpus::Scalar;
    using Exclusions = CorpusExclusions<Queries, Corpus>;

    QueryBlock(const CorpusOptions& options, const CorpusInput<Queries, Corpus>& input, const Rules& rules,
               Index corpus_block, std::vector<Index> numbers, const Options& run)
        : queries_(read(input.queries, numbers, gathered_))
    {
        for (const Index number : numbers) {
            add_query(options, input, number);
        }
        if (input.scores == nullptr) {
            non_finite_positives_ = measure_positives<M>(queries_, input.corpus, corpus_block, lists_,
                                                         Rules::needs_positive ? &rows_ : nullptr);
        }
        if (rows_.size() > 0) {
            positive_rows_.emplace(rows_);
        }
        lists_.template find_references<M>(options.reference_positive,
                                           rules.needs_reference() || options.sampling == Sampling::simans);
        scales_ = scales_of<M>(queries_, run);
        exclusions_.emplace(input.relation, input.queries, input.corpus, lists_.numbers);
    }
    QueryBlock(const QueryBlock&) = delete;
    QueryBlock& operator=(const QueryBlock&) = delete;
    ~QueryBlock() = default;

    [[nodiscard]] const Batch<A>& queries() const { return queries_; }
    [[nodiscard]] const CorpusLists& lists() const { return lists_; }
    [[nodiscard]] const CorpusList& list(std::size_t number) const { return lists_.lists[number]; }
    [[nodiscard]] const Exclusions& exclusions() const { return *exclusions_; }
    [[nodiscard]] std::span<const UnitScale> scales() const { return scales_; }
    /// In the order of the table of positives; null unless a filter needs them.
    [[nodiscard]] const Batch<B>* positive_rows() const { return positive_rows_ ? &*positive_rows_ : nullptr; }
    [[nodiscard]] Index non_finite_positives() const { return non_finite_positives_; }

private:
    /// The rows of consecutive queries where they lie, of others a copy.
    static Batch<A> read(const Queries& source, const std::vector<Index>& numbers, MatrixOf<A>& gathered)
    {
        using View = BlockRows<A>;
        const auto count = static_cast<Index>(numbers.size());
        const auto view_of = [](const auto& rows) {
            const bool by_row = Bare<decltype(rows)>::IsRowMajor;
            return View(
                rows.data(), rows.rows(), rows.cols(),
                Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(by_row ? rows.outerStride() : rows.innerStride(),
                                                              by_row ? rows.innerStride() : rows.outerStride()));
        };
        if (numbers.back() - numbers.front() + 1 == count) {
            const auto rows = source.block(numbers.front(), count, gathered);
            return Batch<A>(view_of(rows));
        }
        MatrixOf<A> buffer;
        gathered.resize(count, source.columns());
        for (Index i = 0; i < count; ++i) {
            gathered.row(i) = source.block(numbers[static_cast<std::size_t>(i)], 1, buffer).row(0);
        }
        return Batch<A>(view_of(gathered));
    }

    void add_query(const CorpusOptions& options, const CorpusInput<Queries, Corpus>& input, Index number)
    {
        const std::span<const Index> positives = input.relation.positives(number);
        if (input.scores == nullptr) {
            for (const Index row : positives) {
                lists_.positives.push_back({row, 0, false});
            }
        } else {
            const auto at = static_cast<std::size_t>(number);
            const auto begin = static_cast<std::size_t>(input.scores->offsets[at]),
                       end = static_cast<std::size_t>(input.scores->offsets[at + 1]);
            for (std::size_t i = begin; i < end; ++i) {
                const double value = input.scores->values[i];
                const bool usable = is_finite(value);
                lists_.positives.push_back({options.per_positive ? positives[i - begin] : -1, value, usable});
                non_finite_positives_ += usable ? 0 : 1;
            }
        }
        lists_.close_query(number, options.per_positive);
    }

    MatrixOf<A> gathered_;
    Batch<A> queries_;
    CorpusLists lists_ = [] {
        CorpusLists empty;
        empty.clear();
        return empty;
    }();
    MatrixOf<B> rows_;
    std::optional<Batch<B>> positive_rows_;
    std::vector<UnitScale> scales_;
    std::optional<Exclusions> exclusions_;
    Index non_finite_positives_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail
