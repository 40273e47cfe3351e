#pragma once

/// \file
/// PackedGallery: a corpus in memory that is packed once and mined many times.

#include <mohs/corpus/input/block_source.hpp>
#include <mohs/detail/corpus/corpus_query.hpp>
#include <mohs/detail/corpus/inspect_rows.hpp>
#include <mohs/detail/scene/kept_side.hpp>

#include <deque>

namespace mohs::inline MOHS_ABI {

/// Rows in memory, packed for a metric, as a corpus that a CorpusMiner takes like any other, with the same result,
/// bit for bit. A call packs its queries alone: where these are few, and the corpus stands still while the model of
/// the queries is trained, that is most of what a call takes.
///
///     mohs::PackedGallery gallery{mohs::Cosine{}, mohs::Batch{corpus}};
///     for (...) {
///         const auto found = miner(mohs::MatrixSource{queries}, gallery, positives);
///     }
///     gallery.append(mohs::Batch{more});       // rows corpus.rows() on; the relation has to know them, too
///
/// Rows are viewed and have to outlive the gallery, unchanged: they are measured exactly, and hashed when they are
/// put in. Sample ids of batches stay, and have to be given for all or for none.
///
/// A miner with another metric does not compile. Throws std::invalid_argument for batches that differ in their columns
/// or in having ids, and for options that make no sense; a miner with another instruction set than `run` names throws it,
/// too. Where `append` throws, nothing was added. O(rows columns) to make; `append` O(batch columns), and O(rows log) to
/// count duplicates. Memory: a packed copy of the rows, as floats, or doubles, and about 40 bytes per row.
template <Metric M, class Scalar_>
class PackedGallery {
public:
    using Scalar = Scalar_;
    using MetricType = M;

    PackedGallery(M, const Batch<Scalar>& rows, const Options& run = {}) : run_(run) { append(rows); }

    /// Adds rows at the end.
    void append(const Batch<Scalar>& batch)
    {
        detail::check_options(run_);
        if (!blocks_.empty() && batch.dimension() != columns()) {
            detail::throw_invalid("PackedGallery: rows of " + std::to_string(batch.dimension()) +
                                  " columns cannot join rows of " + std::to_string(columns()));
        }
        if (!blocks_.empty() && batch.has_ids() != has_ids()) {
            detail::throw_rule("PackedGallery", "sample ids have to be given for all batches or for none");
        }
        const MatrixSource<Scalar> source(batch);
        MatrixOf<Scalar> unused;
        const auto view = source.block(0, batch.rows(), unused);
        const Batch<Scalar> rows(view);
        detail::RowsSeen seen = seen_;
        detail::inspect_rows(source, rows_, std::max<Index>(batch.rows(), 1), true, run_, seen);
        seen.duplicates = detail::count_duplicates(seen.row_hash);
        blocks_.push_back({rows_, source, rows, detail::scales_of<M>(rows, run_), detail::keep_side<M>(rows, run_)});
        seen_ = std::move(seen);
        rows_ += batch.rows();
    }

    [[nodiscard]] M metric() const { return {}; }
    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index columns() const { return blocks_.front().source.columns(); }
    [[nodiscard]] bool has_ids() const { return blocks_.front().source.has_ids(); }
    [[nodiscard]] std::int64_t id(Index row) const
    {
        const Block& block = block_of(row);
        return block.source.id(row - block.first);
    }
    /// Rows [first, first + count), where they lie if they were appended together, else a copy.
    [[nodiscard]] BlockRows<Scalar> block(Index first, Index count, MatrixOf<Scalar>& buffer) const
    {
        if (count == 0) {
            return blocks_.front().source.block(0, 0, buffer);
        }
        const Block& begin = block_of(first);
        if (first + count <= begin.first + begin.source.rows()) {
            return begin.source.block(first - begin.first, count, buffer);
        }
        buffer.resize(count, columns());
        MatrixOf<Scalar> unused;
        for (Index i = 0; i < count; ++i) {
            const Block& of = block_of(first + i);
            buffer.row(i) = of.source.block(first + i - of.first, 1, unused).row(0);
        }
        return {buffer.data(), count, columns(), Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(columns(), 1)};
    }

    // For miners.

    struct Block {
        Index first;
        MatrixSource<Scalar> source;
        Batch<Scalar> rows;  ///< the same without ids
        std::vector<detail::UnitScale> scales;
        detail::KeptSide<typename Batch<Scalar>::Compute> kept;
    };
    [[nodiscard]] const std::deque<Block>& packed_blocks() const { return blocks_; }
    [[nodiscard]] const detail::RowsSeen& seen() const { return seen_; }

private:
    [[nodiscard]] const Block& block_of(Index row) const
    {
        const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), row,
                                            [](Index number, const Block& block) { return number < block.first; });
        // Of empty ones that begin there, the last.
        return *std::prev(after);
    }

    Options run_;
    Index rows_ = 0;
    std::deque<Block> blocks_;
    detail::RowsSeen seen_;
};
template <class M, class Scalar>
PackedGallery(M, const Batch<Scalar>&) -> PackedGallery<M, Scalar>;
template <class M, class Scalar>
PackedGallery(M, const Batch<Scalar>&, Options) -> PackedGallery<M, Scalar>;

}  // namespace mohs::inline MOHS_ABI
