#pragma once

/// \file
/// Strips: the scores of one panel of rows against a stripe of columns, and how those pairs are related.
///
/// Rows lie along the vectors: element [c * width + r] is the score of row r and column c, so what is summed over the
/// columns of a row needs no sum across lanes. A stripe has a fixed number of columns, whatever the instruction set.

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/detail/strip/related_side.hpp>
#include <mohs/detail/strip/sample_sieve.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A multiple of the panel width of every instruction set.
inline constexpr Index stripe_columns = 48;

/// Above all scores of a scene, as its opposite is below: they are at most 4 times the lengths of the longest rows.
template <class T>
T above_all_scores(const Scene<T>& scene)
{
    return static_cast<T>(16 * scene.anchors.length * scene.candidates.length);
}

/// Elements of the kinds of one stripe: what its columns are to the rows as anchors, then its rows to the columns.
constexpr Index strip_kinds(Index width)
{
    return 2 * stripe_columns * width;
}

/// The rows of one panel, as a strip shows them.
template <class T>
class StripRows {
public:
    /// `either_end`: kinds of the columns as anchors are told by themselves, even if by their relation they are those
    /// of the rows.
    StripRows(const Scene<T>& scene, const RelatedSide<T>& rows, const RelatedSide<T>& columns, Index panel,
              bool either_end = false)
        : scene_(scene),
          rows_(rows),
          columns_(columns),
          base_(panel * scene.width),
          count_((std::min)(scene.width, rows.rows() - base_)),
          has_roles_(!rows.packed->roles.empty() || !columns.packed->roles.empty()),
          asymmetric_(either_end || has_roles_ || (scene.self && scene.lists.present))
    {
        first_listed_ = columns.rows();
        for (Index row = base_; !scene.lists.positive_ids.empty() && row < base_ + count_; ++row) {
            rows_by_id_.add(rows.packed->ids[static_cast<std::size_t>(row)]);
            if (rows.anchors) {
                positives_of_rows_.add_positives(scene.lists, row);
            }
        }
        for (Index row = base_; row < base_ + count_; ++row) {
            if (scene.lists.present) {
                const std::span<const std::int32_t> listed = rows.listed.of(row);
                if (!listed.empty()) {
                    widen({listed.front(), listed.back() + 1});
                }
                owned_ |= !rows.anchors && is_owned(row);
                continue;
            }
            widen(rows.class_range(row));
            if (!rows.partners.empty()) {
                const std::int32_t partner = rows.partners[static_cast<std::size_t>(row)];
                widen({partner, partner + (partner >= 0)});
            }
        }
    }

    [[nodiscard]] Index base() const { return base_; }
    [[nodiscard]] Index count() const { return count_; }
    /// Whether the rows are the anchors of the scene, not its candidates.
    [[nodiscard]] bool rows_are_anchors() const { return rows_.anchors; }
    /// Positions [first, last) hold the positives of all rows.
    [[nodiscard]] Index first_positive() const { return first_listed_; }
    [[nodiscard]] Index last_positive() const { return last_listed_; }

    /// Computes the scores of the stripe at column `base`.
    template <class Isa>
    MOHS_ALWAYS_INLINE void compute(Index base, T* strip) const
    {
        const Index size = scene_.width * scene_.depth, end = (std::min)(base + stripe_columns, columns_.rows());
        for (Index column = base; column < end; column += scene_.width) {
            isa::enter(Isa{}, DotPanels<T>{columns_.packed->panels + column / scene_.width * size,
                                           rows_.packed->panels + base_ / scene_.width * size, scene_.depth,
                                           strip + (column - base) * scene_.width});
        }
    }

    /// Whether all pairs of the stripe are negatives, whichever of the two is the anchor; if not, `kinds` says what each
    /// one is.
    MOHS_NOINLINE bool all_negative(Index base, Index size, Related* kinds) const
    {
        const bool plain = !is_touched(base, size);
        if (plain && !has_roles_) {
            return true;
        }
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < count_; ++r) {
                const Index row = base_ + r, column = base + c, at = c * scene_.width + r;
                const Related related = plain ? Related::negative : relate(row, column);
                kinds[at] = within_roles(related, *rows_.packed, row, *columns_.packed, column);
                if (asymmetric_) {
                    // Only in a self-scan is the column an anchor of the relation as well.
                    const Related back = plain || !scene_.self ? related : relate(column, row);
                    kinds[stripe_columns * scene_.width + at] =
                        within_roles(back, *columns_.packed, column, *rows_.packed, row);
                }
            }
        }
        return false;
    }

    /// Of the kinds that `all_negative` has told, those of the rows as candidates of the columns.
    template <class Kind>
    [[nodiscard]] Kind* from_columns(Kind* kinds) const
    {
        return asymmetric_ ? kinds + stripe_columns * scene_.width : kinds;
    }

    /// Whether one of these kinds is positive for its row.
    [[nodiscard]] bool any_positive(Index size, const Related* kinds) const
    {
        bool found = false;
        for (Index c = 0; c < size; ++c) {
            const Related* const column = kinds + c * scene_.width;
            found |= std::find(column, column + count_, Related::positive) != column + count_;
        }
        return found;
    }

private:
    void widen(ClassRange range)
    {
        if (range.size() > 0) {
            first_listed_ = std::min<Index>(first_listed_, range.begin);
            last_listed_ = std::max<Index>(last_listed_, range.end);
        }
    }

    /// Whether a candidate is a negative of one anchor alone.
    [[nodiscard]] bool is_owned(Index candidate) const
    {
        const std::span<const std::int32_t> owner = scene_.lists.owner;
        return !owner.empty() && owner[static_cast<std::size_t>(candidate)] != -1;
    }

    /// Whether a pair of the stripe may be anything but a negative, roles aside.
    [[nodiscard]] bool is_touched(Index base, Index size) const
    {
        const bool on_diagonal = scene_.self && base_ < base + size && base < base_ + count_;
        return on_diagonal || owned_ || is_listed(base, size) || is_sample_shared(base, size) ||
               holds_copies(base, size);
    }

    [[nodiscard]] bool is_listed(Index base, Index size) const
    {
        const bool is_near = first_listed_ < base + size && base < last_listed_;
        if (!scene_.lists.present) {
            return is_near;
        }
        bool found = false;
        for (Index c = 0; c < size && rows_.anchors; ++c) {
            found |= is_owned(base + c);
        }
        for (Index row = base_; is_near && !found && row < base_ + count_; ++row) {
            const Positions listed(rows_.listed.of(row));
            found = listed.before(base) != listed.before(base + size);
        }
        return found;
    }

    [[nodiscard]] bool is_sample_shared(Index base, Index size) const
    {
        const std::span<const std::int64_t> mine = rows_.packed->ids, theirs = columns_.packed->ids;
        bool found = false;
        for (Index r = 0; !mine.empty() && r < count_; ++r) {
            const std::int64_t id = mine[static_cast<std::size_t>(base_ + r)];
            for (Index c = 0; c < size; ++c) {
                found |= id == theirs[static_cast<std::size_t>(base + c)];
            }
        }
        return found;
    }

    /// Whether a candidate of the stripe shows what a listed positive of one of its anchors does: a column to a row as the
    /// anchor, or the other way round.
    [[nodiscard]] bool holds_copies(Index base, Index size) const
    {
        const ListsOf<std::int64_t>& positives = scene_.lists.positive_ids;
        if (positives.empty()) {
            return false;
        }
        const auto begin = static_cast<std::size_t>(base_), end = begin + static_cast<std::size_t>(count_);
        bool found = false;
        for (Index column = base; column < base + size && !found; ++column) {
            if (rows_.anchors || scene_.self) {
                const std::int64_t id = columns_.packed->ids[static_cast<std::size_t>(column)];
                for (Index row = base_; positives_of_rows_.may_hold(id) && row < base_ + count_; ++row) {
                    found |= scene_.lists.is_copy_of_positive(row, column, id);
                }
            }
            if (!rows_.anchors || scene_.self) {
                for (const std::int64_t id : positives.of(column)) {
                    for (std::size_t row = begin; rows_by_id_.may_hold(id) && row < end; ++row) {
                        found |= rows_.packed->ids[row] == id;
                    }
                }
            }
        }
        return found;
    }

    /// What the pair is, roles aside: a row is the anchor where the rows are those of the relation.
    [[nodiscard]] Related relate(Index row, Index column) const
    {
        if (rows_.partners.empty()) {
            return rows_.anchors ? relation_before_roles(scene_, row, column)
                                 : relation_before_roles(scene_, column, row);
        }
        // Partners may show one sample; other rows of the label are neither.
        const bool partner = rows_.partners[static_cast<std::size_t>(row)] == column,
                   apart = rows_.anchors ? scene_.kept_apart(row, column) : scene_.kept_apart(column, row);
        return relation_by(apart && !partner, partner, Positions(rows_.class_range(row)).contains(column));
    }

    const Scene<T>& scene_;
    const RelatedSide<T>& rows_;
    const RelatedSide<T>& columns_;
    Index base_, count_;
    bool has_roles_;
    bool asymmetric_;     ///< a pair may be one thing to its row and another to its column
    bool owned_ = false;  ///< one of the rows is a candidate of one column alone
    Index first_listed_ = 0, last_listed_ = 0;
    SampleSieve rows_by_id_, positives_of_rows_;  ///< only where there may be copies
};

/// The columns of the stripe at `base`.
template <class T>
Index stripe_size(const RelatedSide<T>& columns, Index base)
{
    return (std::min)(stripe_columns, columns.rows() - base);
}

}  // namespace mohs::inline MOHS_ABI::detail
