#pragma once

/// \file
/// Tuples as lists of pairs: their kinds, the rows that they name, and what is refused.

#include <mohs/detail/loss/pair_terms.hpp>
#include <mohs/result/result.hpp>

namespace mohs::inline MOHS_ABI::detail {

enum class TupleKind { none, triplets, pairs, neighbours };

template <class T>
inline constexpr TupleKind tuple_kind = TupleKind::none;
template <class M>
inline constexpr TupleKind tuple_kind<Triplets<M>> = TupleKind::triplets;
template <class M>
inline constexpr TupleKind tuple_kind<Pairs<M>> = TupleKind::pairs;
template <class M>
inline constexpr TupleKind tuple_kind<Neighbours<M>> = TupleKind::neighbours;

template <class T>
concept AnyTuples = tuple_kind<T> != TupleKind::none;

/// How many pairs of an anchor and a candidate there are: two for each triplet.
template <AnyTuples Tuples>
Index pair_count(const Tuples& tuples)
{
    if constexpr (tuple_kind<Tuples> == TupleKind::triplets) {
        return 2 * tuples.size();
    } else if constexpr (tuple_kind<Tuples> == TupleKind::pairs) {
        return tuples.positives.size() + tuples.negatives.size();
    } else {
        Index result = 0;
        for (Index anchor = 0; anchor < tuples.rows(); ++anchor) {
            result += tuples.count(anchor);
        }
        return result;
    }
}

/// Calls f(number, anchor, candidate) for all pairs in their order. Triplet i has pairs 2 i, with its positive, and
/// 2 i + 1, with its negative; the positives of Pairs come before the negatives; neighbours go by anchor and rank.
template <AnyTuples Tuples, class Function>
void for_each_pair(const Tuples& tuples, const Function& f)
{
    Index number = 0;
    if constexpr (tuple_kind<Tuples> == TupleKind::triplets) {
        for (const Triplet triplet : tuples) {
            f(number++, triplet.anchor, triplet.positive);
            f(number++, triplet.anchor, triplet.negative);
        }
    } else if constexpr (tuple_kind<Tuples> == TupleKind::pairs) {
        for (const auto* const list : {&tuples.positives, &tuples.negatives}) {
            for (Index i = 0; i < list->size(); ++i) {
                f(number++, (*list)[i].anchor, (*list)[i].candidate);
            }
        }
    } else {
        for (Index anchor = 0; anchor < tuples.rows(); ++anchor) {
            for (Index rank = 0; rank < tuples.count(anchor); ++rank) {
                f(number++, anchor, tuples.index(anchor, rank));
            }
        }
    }
}

/// Names the pairs of tuples and reads their rows.
template <class Terms, AnyTuples Tuples>
void name_pairs(Terms& terms, const Tuples& tuples, Workspace& workspace)
{
    Index last = -1;
    for_each_pair(tuples, [&](Index number, Index anchor, Index candidate) {
        anchor == last ? terms.name_next(number, candidate) : terms.name(number, anchor, candidate);
        last = anchor;
    });
    terms.read(workspace);
}

/// The terms of tuples, named and read, handed to a function.
template <class M, class A, class B, AnyTuples Tuples, class Function>
auto with_terms_of(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples& tuples,
                   Workspace& workspace, const Function& function)
{
    const Index pairs = pair_count(tuples),
                anchor_names = tuple_kind<Tuples> == TupleKind::triplets ? pairs / 2 : pairs;
    return with_pair_terms<M>(anchors, candidates, self, anchor_names, pairs, pairs, workspace, [&](auto&& terms) {
        name_pairs(terms, tuples, workspace);
        return function(terms);
    });
}

/// "mohs::TripletLoss: positive 12 is not a row of its batch, which has 10".
inline void check_tuple_row(const char* verb, const char* what, Index row, Index rows)
{
    if (row < 0 || row >= rows) {
        throw_no_row((std::string(verb) + ": " + what).c_str(), row, rows);
    }
}

/// Refuses tuples with rows that do not exist.
template <AnyTuples Tuples>
void check_tuple_rows(const char* verb, const Tuples& tuples, Index anchors, Index candidates)
{
    if constexpr (tuple_kind<Tuples> == TupleKind::triplets) {
        for (const Triplet triplet : tuples) {
            check_tuple_row(verb, "anchor", triplet.anchor, anchors);
            check_tuple_row(verb, "positive", triplet.positive, candidates);
            check_tuple_row(verb, "negative", triplet.negative, candidates);
        }
    } else {
        if constexpr (tuple_kind<Tuples> == TupleKind::neighbours) {
            if (tuples.rows() != anchors) {
                throw_size_mismatch(verb, anchors, tuples.rows(), "rows of neighbours");
            }
        }
        for_each_pair(tuples, [&](Index, Index anchor, Index candidate) {
            check_tuple_row(verb, "anchor", anchor, anchors);
            check_tuple_row(verb, "candidate", candidate, candidates);
        });
    }
}

/// Refuses batches that cannot be compared, and tuples with rows that do not exist.
template <class A, class B, AnyTuples Tuples>
void check_tuples(const char* verb, const Batch<A>& anchors, const Batch<B>& candidates, const Tuples& tuples)
{
    if (anchors.dimension() != candidates.dimension()) {
        throw_wrong_columns(verb, anchors.dimension(), candidates.dimension());
    }
    check_tuple_rows(verb, tuples, anchors.rows(), candidates.rows());
}

}  // namespace mohs::inline MOHS_ABI::detail
