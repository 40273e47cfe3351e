#pragma once

/// \file
/// What is known of rows before they are mined: which are finite, and what they hash to.

#include <mohs/corpus/input/block_source.hpp>
#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/corpus/keyed_order.hpp>
#include <mohs/detail/scene/measure_rows.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

struct RowsSeen {
    Index non_finite = 0, zero = 0;
    std::uint64_t sum = 0;                           ///< of the hashes of rows, each with its number
    std::vector<std::uint64_t> row_hash;             ///< by row
    std::optional<Index> duplicates = std::nullopt;  ///< rows that equal an earlier one, where they are counted

    /// Of all elements in their order, whatever the blocks; 0 without hashes.
    template <class Source>
    [[nodiscard]] std::uint64_t hash_of(const Source& source) const
    {
        const auto rows = static_cast<std::uint64_t>(source.rows()),
                   columns = static_cast<std::uint64_t>(source.columns());
        return row_hash.size() < rows ? 0
                                      : mix_bits(sum + rows * 0x2545f4914f6cdd1dU + columns +
                                                 (std::uint64_t{sizeof(typename Source::Scalar)} << 56));
    }
};

/// Whoever looks at rows is in no hurry.
struct AlwaysGoOn {
    bool operator()() const { return true; }
};

/// Adds all rows of a source, which are numbers `number` on, block by block, as long as `go_on` says so; returns whether
/// it always did. O(rows columns); memory 8 bytes per row if hashes are wanted.
template <class Source, class GoOn = AlwaysGoOn>
bool inspect_rows(const Source& source, Index number, Index block, bool hashes, const Options& options,
                  RowsSeen& result, const GoOn& go_on = {})
{
    using Scalar = typename Source::Scalar;
    const Index rows = source.rows();
    result.row_hash.resize(static_cast<std::size_t>(hashes ? number + rows : 0));
    MatrixOf<Scalar> buffer;
    std::vector<std::uint8_t> finite(static_cast<std::size_t>((std::min)(rows, block))), zero = finite;
    for (Index first = 0; first < rows; first += block) {
        const Index count = (std::min)(block, rows - first);
        const auto view = source.block(first, count, buffer);
        const Batch<Scalar> batch(view);
        constexpr Index at_once = 256;
        parallel_for(options, (count + at_once - 1) / at_once, [&](Index task, int) {
            for (Index row = task * at_once; row < (std::min)(count, (task + 1) * at_once); ++row) {
                std::uint64_t hash = 0;
                bool all_finite = true, all_zero = true;
                for (Index k = 0; k < batch.dimension(); ++k) {
                    const Scalar element = batch.data()[row * batch.row_stride() + k * batch.column_stride()];
                    const std::uint64_t bits = std::bit_cast<typename FloatBits<Scalar>::Word>(element);
                    hash = (hash ^ bits) * 0x9fb21c651e98df25U;
                    hash ^= hash >> 32;
                    all_finite &= is_finite(element);
                    all_zero &= static_cast<double>(element) == 0;
                }
                finite[static_cast<std::size_t>(row)] = all_finite;
                zero[static_cast<std::size_t>(row)] = all_zero;
                if (hashes) {
                    result.row_hash[static_cast<std::size_t>(number + first + row)] = mix_bits(hash);
                }
            }
        });
        for (Index row = 0; row < count; ++row) {
            result.non_finite += finite[static_cast<std::size_t>(row)] == 0;
            result.zero += zero[static_cast<std::size_t>(row)];
            if (hashes) {
                result.sum += mix_bits(result.row_hash[static_cast<std::size_t>(number + first + row)] +
                                       0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(number + first + row + 1));
            }
        }
        if (!go_on()) {
            return false;
        }
    }
    return true;
}

/// The same of a source alone; of one that knows, what it knows. Nothing, where it was told to stop.
template <class Source, class GoOn = AlwaysGoOn>
RowsSeen inspect_rows(const Source& source, Index block, bool hashes, const Options& options, const GoOn& go_on = {})
{
    if constexpr (requires { source.seen(); }) {
        RowsSeen result = source.seen();
        if (!hashes) {
            result.row_hash.clear();
            result.duplicates = 0;
        }
        return result;
    } else {
        RowsSeen result;
        if (!inspect_rows(source, 0, block, hashes, options, result, go_on)) {
            return {};
        }
        return result;
    }
}

/// Rows that equal an earlier one.
inline Index count_duplicates(std::vector<std::uint64_t> hashes)
{
    std::sort(hashes.begin(), hashes.end());
    return static_cast<Index>(hashes.end() - std::unique(hashes.begin(), hashes.end()));
}

/// The number of a relation: of its lists, of sample ids, and of scores of positives that are known.
template <class Queries, class Corpus>
std::uint64_t hash_relation(const Relation& relation, const Queries& queries, const Corpus& corpus,
                            const PositiveScores* scores)
{
    std::uint64_t hash = 0;
    const auto add = [&hash](std::uint64_t number) { hash = mix_bits(hash + 0x9e3779b97f4a7c15U + number); };
    const auto add_list = [&](std::span<const Index> rows) {
        add(rows.size());
        for (const Index row : rows) {
            add(static_cast<std::uint64_t>(row));
        }
    };
    for (Index anchor = 0; anchor < relation.anchors(); ++anchor) {
        add_list(relation.positives(anchor));
        add_list(relation.neither(anchor));
    }
    add_list(relation.owner());
    const auto add_ids = [&](const auto& source) {
        add(static_cast<std::uint64_t>(source.rows()));
        for (Index row = 0; row < source.rows(); ++row) {
            add(static_cast<std::uint64_t>(source_id(source, row)));
        }
    };
    if (source_has_ids(corpus)) {
        add_ids(queries);
        add_ids(corpus);
    }
    if (scores != nullptr) {
        add_list(scores->offsets);
        for (const double value : scores->values) {
            add(std::bit_cast<std::uint64_t>(value));
        }
    }
    return hash;
}

}  // namespace mohs::inline MOHS_ABI::detail
