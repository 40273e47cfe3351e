#pragma once

/// \file
/// Strips: the scores of one panel of rows against a slot of columns, and how those pairs are related.
///
/// Rows lie along the vectors: element [c * width + r] is the score of row r and column c, so what is summed over the
/// columns of a row needs no sum across lanes. A slot has a fixed number of columns, whatever the instruction set.

#include <mohs/detail/scene.hpp>
#include <mohs/detail/tile.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A multiple of the panel width of every instruction set.
inline constexpr Index strip_columns = 48;

/// What a column is to a row.
enum class PairKind : std::uint8_t { negative, positive, neither };

/// One batch of a relation, by packed position.
template <class T>
struct RelatedSide {
    const PackedSide<T>* packed = nullptr;
    std::span<const Segment> positives;    ///< positions of the other side
    std::span<const std::int64_t> ids;     ///< pairs of one id are the same sample; empty without ids
    std::span<const std::int64_t> groups;  ///< paired rows with labels: pairs of one label; else empty

    [[nodiscard]] Index rows() const { return packed->rows(); }
};

/// The rows of one panel, as a strip shows them.
template <class T>
class StripRows {
public:
    /// `paired`: a positive stays one even where the ids are equal.
    StripRows(const Scene<T>& scene, const RelatedSide<T>& rows, const RelatedSide<T>& columns, bool paired,
              Index panel)
        : scene_(scene),
          rows_(rows),
          columns_(columns),
          paired_(paired),
          base_(panel * scene.width),
          count_(std::min(scene.width, rows.rows() - base_))
    {
        first_positive_ = columns.rows();
        for (Index r = 0; r < count_; ++r) {
            const Segment segment = segment_of(r);
            if (segment.size() > 0) {
                first_positive_ = std::min<Index>(first_positive_, segment.begin);
                last_positive_ = std::max<Index>(last_positive_, segment.end);
            }
        }
    }

    [[nodiscard]] Index base() const { return base_; }
    [[nodiscard]] Index count() const { return count_; }
    /// Positions [first, last) hold the positives of all rows.
    [[nodiscard]] Index first_positive() const { return first_positive_; }
    [[nodiscard]] Index last_positive() const { return last_positive_; }

    /// Computes the scores of the slot at column `base`.
    template <class Isa>
    MOHS_ALWAYS_INLINE void compute(Index base, T* strip) const
    {
        const Index size = scene_.width * scene_.depth, end = std::min(base + strip_columns, columns_.rows());
        for (Index column = base; column < end; column += scene_.width) {
            isa::enter(Isa{}, DotPanels<T>{columns_.packed->panels + column / scene_.width * size,
                                           rows_.packed->panels + base_ / scene_.width * size, scene_.depth,
                                           strip + (column - base) * scene_.width});
        }
    }

    /// Whether all pairs of the slot are negatives; if not, `kinds` says what each one is.
    MOHS_NOINLINE bool all_negative(Index base, Index size, PairKind* kinds) const
    {
        const auto share = [&](std::span<const std::int64_t> mine, std::span<const std::int64_t> theirs) {
            bool found = false;
            for (Index r = 0; !mine.empty() && r < count_; ++r) {
                const std::int64_t key = mine[static_cast<std::size_t>(base_ + r)];
                for (Index c = 0; c < size; ++c) {
                    found |= key == theirs[static_cast<std::size_t>(base + c)];
                }
            }
            return found;
        };
        const bool on_diagonal = scene_.self && base_ < base + size && base < base_ + count_;
        if (!(first_positive_ < base + size && base < last_positive_) && !on_diagonal &&
            !share(rows_.ids, columns_.ids) && !share(rows_.groups, columns_.groups)) {
            return true;
        }
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < count_; ++r) {
                kinds[c * scene_.width + r] = kind(base_ + r, base + c);
            }
        }
        return false;
    }

private:
    [[nodiscard]] Segment segment_of(Index r) const { return rows_.positives[static_cast<std::size_t>(base_ + r)]; }

    [[nodiscard]] PairKind kind(Index row, Index column) const
    {
        const auto r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(column);
        const bool positive = rows_.positives[r].begin <= column && column < rows_.positives[r].end;
        const bool same = (scene_.self && row == column) || (!rows_.ids.empty() && rows_.ids[r] == columns_.ids[c]) ||
                          (!rows_.groups.empty() && rows_.groups[r] == columns_.groups[c]);
        if (same && !(paired_ && positive)) {
            return PairKind::neither;
        }
        return positive ? PairKind::positive : PairKind::negative;
    }

    const Scene<T>& scene_;
    const RelatedSide<T>& rows_;
    const RelatedSide<T>& columns_;
    bool paired_;
    Index base_, count_;
    Index first_positive_ = 0, last_positive_ = 0;
};

/// Relates packed rows of one batch to those of another: by label, or `paired` by their row numbers.
template <class T, class Mine, class Theirs>
RelatedSide<T> relate_side(const PackedSide<T>& side, const Batch<Mine>& batch, const PackedSide<T>& other,
                           const Batch<Theirs>& other_batch, bool paired, Workspace& workspace)
{
    RelatedSide<T> result;
    result.packed = &side;
    const std::span<Segment> positives = workspace.take<Segment>(side.rows());
    const auto keys = [&](bool wanted, auto key) {
        const std::span<std::int64_t> found = workspace.take<std::int64_t>(wanted ? side.rows() : 0);
        for (std::size_t position = 0; position < found.size(); ++position) {
            found[position] = key(side.order.row_of[position]);
        }
        return found;
    };
    result.ids = keys(batch.has_ids(), [&](Index row) { return batch.id(row); });
    result.groups = keys(paired && batch.has_labels(), [&](Index row) { return batch.label(row); });
    if (paired) {
        // Both sides are ascending, without the rows that are not finite.
        std::int32_t at = 0;
        for (std::size_t position = 0; position < positives.size(); ++position) {
            while (at < other.rows() && other.row_of(at) < side.order.row_of[position]) {
                ++at;
            }
            const bool found = at < other.rows() && other.row_of(at) == side.order.row_of[position];
            positives[position] = {at, at + found};
        }
    } else {
        const std::span<Segment> classes = workspace.take<Segment>(side.order.classes);
        find_segments(batch, side.order, other_batch, other.order, classes);
        for (std::size_t position = 0; position < positives.size(); ++position) {
            positives[position] = classes[static_cast<std::size_t>(side.order.class_of[position])];
        }
    }
    result.positives = positives;
    return result;
}

/// The columns of the slot at `base`.
template <class T>
Index slot_size(const RelatedSide<T>& columns, Index base)
{
    return std::min(strip_columns, columns.rows() - base);
}

}  // namespace mohs::inline MOHS_ABI::detail
