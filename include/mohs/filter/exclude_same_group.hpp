#pragma once

#include <mohs/detail/base/borrowed.hpp>
#include <mohs/filter/filter.hpp>

#include <concepts>
#include <optional>

namespace mohs::inline MOHS_ABI {

/// Options of ExcludeSameGroup.
struct ExcludeSameGroupOptions {
    std::optional<std::int64_t> none = std::nullopt;  ///< the group of rows that have none: they are in no row's group
};

/// Rejects negatives of the anchor's group: other labels of the same document, product family, user or scene are often
/// positives that nobody has labelled so. Groups are contiguous integers, one per row, as labels are for a Batch: of
/// the rows of a batch, or of the anchors and of the candidates, in whatever integer types. They are looked at, not
/// copied, and have to outlive the miner or loss:
///
///     mohs::TripletMiner{metric, positive, negative, mohs::ExcludeSameGroup{documents}}(batch);
///     mohs::InfoNCE{metric, {}, mohs::ExcludeSameGroup{query_users, item_users, {.none = -1}}}(queries, items);
///
/// Rows of the group `none` are in a group of their own; without it every number is a group, and 0 and -1 are no
/// exceptions. A filter of pairs. It looks at no value, so every negative in question is asked about, at the cost of
/// two look-ups.
///
/// Throws std::invalid_argument for groups that are not contiguous, when it is made, and before any work for numbers of
/// groups other than those of the rows that are mined; the own negatives of InfoNCE count as candidates, after the
/// others.
class ExcludeSameGroup {
public:
    static constexpr const char* name = "rejected_same_group";
    static constexpr bool needs_positive = false;

    /// Of the rows of a batch that is compared with itself.
    template <detail::BorrowedIntegers Groups>
    explicit ExcludeSameGroup(Groups&& groups, const ExcludeSameGroupOptions& options = {})
        : ExcludeSameGroup(groups, groups, options)
    {
    }
    template <detail::BorrowedIntegers Anchors, detail::BorrowedIntegers Candidates>
    ExcludeSameGroup(Anchors&& anchors, Candidates&& candidates, const ExcludeSameGroupOptions& options = {})
        : anchors_(detail::view_integers<Anchors>(anchors, "groups", "ExcludeSameGroup")),
          candidates_(detail::view_integers<Candidates>(candidates, "groups", "ExcludeSameGroup")),
          none_(options.none)
    {
    }

    // Compilers show the line of a deleted overload, so each says why there.
    template <detail::TemporaryIntegers A>
    explicit ExcludeSameGroup(A&&) = delete;  // the groups are a temporary: keep them in a variable
    template <detail::Integers A, detail::TemporaryIntegers B>
    ExcludeSameGroup(A&&, B&&) = delete;  // the groups are a temporary: keep them in a variable
    template <detail::TemporaryIntegers A, detail::BorrowedIntegers B>
    ExcludeSameGroup(A&&, B&&) = delete;  // the groups are a temporary: keep them in a variable

    /// `anchor_rows` and `candidate_rows` are about to be mined.
    void check_sizes(Index anchor_rows, Index candidate_rows) const
    {
        require_rows("anchors", anchors_.size(), anchor_rows);
        require_rows("candidates", candidates_.size(), candidate_rows);
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const std::int64_t group = anchors_[query.anchor().row];
        return group == candidates_[query.negative().row] && !(none_ && group == *none_);
    }

private:
    static void require_rows(const char* what, Index groups, Index mined)
    {
        if (groups != mined) {
            detail::throw_invalid("ExcludeSameGroup: " + std::to_string(groups) + " groups of " + what + ", but " +
                                  std::to_string(mined) + " rows are mined");
        }
    }

    detail::IntegerView anchors_, candidates_;
    std::optional<std::int64_t> none_;
};

}  // namespace mohs::inline MOHS_ABI
