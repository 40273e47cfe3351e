#pragma once

/// \file
/// Values between queries and their positives, wherever in the corpus these are.

#include <mohs/corpus/input/block_source.hpp>
#include <mohs/detail/corpus/corpus_query.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Calls `show(batch, first row, places)` for blocks of a source that hold the rows named: `places` are numbers of
/// those in `rows`, ascending by row. Blocks with many of them are read whole, of others only these rows.
template <class Source, class Show>
void show_rows(const Source& source, std::span<const Index> rows, Index block, const Show& show)
{
    using Scalar = typename Source::Scalar;
    std::vector<std::size_t> order(rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::sort(order.begin(), order.end(),
              [rows](std::size_t a, std::size_t b) { return rows[a] != rows[b] ? rows[a] < rows[b] : a < b; });
    // Rows in memory are one block.
    if constexpr (requires { source.batch(); }) {
        block = std::max<Index>(source.rows(), 1);
    }
    MatrixOf<Scalar> buffer;
    const auto show_block = [&](Index first, Index count, std::span<const std::size_t> places) {
        const auto view = source.block(first, count, buffer);
        show(Batch<Scalar>(view), first, places);
    };
    for (std::size_t begin = 0; begin < order.size();) {
        const Index number = rows[order[begin]] / block, first = number * block;
        std::size_t end = begin;
        while (end < order.size() && rows[order[end]] < first + block) {
            ++end;
        }
        const std::span<const std::size_t> places = std::span<const std::size_t>(order).subspan(begin, end - begin);
        const Index count = (std::min)(block, source.rows() - first);
        if (block >= source.rows() || static_cast<Index>(places.size()) >= count / 16) {
            show_block(first, count, places);
        } else {
            for (std::size_t i = 0; i < places.size();) {
                std::size_t last = i + 1;
                while (last < places.size() && rows[places[last]] == rows[places[i]]) {
                    ++last;
                }
                show_block(rows[places[i]], 1, places.subspan(i, last - i));
                i = last;
            }
        }
        begin = end;
    }
}

/// Fills in the values of the positives of a block of queries, from their rows. Where `rows` is given, it gets a copy
/// of them, in the order of the table. Returns how many have no value though their query is finite.
template <class M, class A, class Corpus>
Index measure_positives(const Batch<A>& queries, const Corpus& corpus, Index block, CorpusLists& lists,
                        MatrixOf<typename Corpus::Scalar>* rows)
{
    std::vector<Index> named, query_of;
    for (Index query = 0; query < lists.queries(); ++query) {
        for (std::size_t at = lists.positives_of[static_cast<std::size_t>(query)];
             at < lists.positives_of[static_cast<std::size_t>(query) + 1]; ++at) {
            named.push_back(lists.positives[at].row);
            query_of.push_back(query);
        }
    }
    std::vector<std::uint8_t> finite(static_cast<std::size_t>(lists.queries()));
    for (Index query = 0; query < lists.queries(); ++query) {
        finite[static_cast<std::size_t>(query)] = is_finite_row(queries, query);
    }
    if (rows != nullptr) {
        rows->resize(static_cast<Index>(named.size()), corpus.columns());
    }
    Index without_value = 0;
    show_rows(corpus, named, block, [&](const auto& batch, Index first, std::span<const std::size_t> places) {
        for (const std::size_t at : places) {
            CorpusPositive& positive = lists.positives[at];
            const Index row = positive.row - first;
            for (Index k = 0; rows != nullptr && k < batch.dimension(); ++k) {
                (*rows)(static_cast<Index>(at), k) = batch.data()[row * batch.row_stride() + k * batch.column_stride()];
            }
            if (finite[static_cast<std::size_t>(query_of[at])] == 0) {
                continue;
            }
            positive.usable = is_finite_row(batch, row);
            if (positive.usable) {
                const double value = measure_rows<M>(queries, query_of[at], batch, row);
                positive.value = is_finite(value) ? value : std::copysign((std::numeric_limits<double>::max)(), value);
            }
            without_value += positive.usable ? 0 : 1;
        }
    });
    return without_value;
}

}  // namespace mohs::inline MOHS_ABI::detail
