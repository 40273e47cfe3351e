#pragma once

/// \file
/// What a verb refuses before any work: batches that do not fit each other, or do not say enough of their rows.

#include <mohs/batch.hpp>
#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/simd/isa.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

/// The row of `queries` that is row 0 of `gallery` in memory, if the two share rows: below 0 where row 0 of the queries
/// is a later one of the gallery.
template <class A, class B>
std::optional<Index> shared_rows(const Batch<A>& queries, const Batch<B>& gallery)
{
    if constexpr (std::is_same_v<A, B>) {
        if (queries.rows() == 0 || gallery.rows() == 0 || queries.dimension() != gallery.dimension() ||
            queries.row_stride() != gallery.row_stride() || queries.column_stride() != gallery.column_stride()) {
            return std::nullopt;
        }
        // By address: pointers into two matrices have no difference.
        const auto address = [](const A* at) { return reinterpret_cast<std::uintptr_t>(at); };
        const auto distance = static_cast<std::ptrdiff_t>(address(gallery.data()) - address(queries.data()));
        const auto step = static_cast<std::ptrdiff_t>(sizeof(A)) * queries.row_stride();
        if (distance == 0) {
            return 0;
        }
        if (step != 0 && distance % step == 0 && distance / step > -gallery.rows() &&
            distance / step < queries.rows()) {
            return distance / step;
        }
    }
    return std::nullopt;
}

/// What a verb asks of its batches.
struct BatchRules {
    const char* verb;            ///< as messages name it
    bool self = false;           ///< the gallery is the queries themselves
    bool needs_relation = true;  ///< labels or a relation have to say who is positive for whom
    bool told_apart = false;     ///< in two batches no row can be its own candidate by mistake
};

/// Refuses batches that share rows of which nothing says that they are the same samples: each would be its own nearest
/// candidate, and its own positive.
template <class A, class B>
void check_shared_rows(const char* verb, const Batch<A>& queries, const Batch<B>& gallery)
{
    if (queries.has_ids() || queries.relation() != nullptr) {
        return;
    }
    if (const std::optional<Index> shared = shared_rows(queries, gallery)) {
        throw_invalid(std::string(verb) + ": row " + std::to_string(std::max<Index>(*shared, 0)) +
                      " of the queries is row " + std::to_string(std::max<Index>(-*shared, 0)) +
                      " of the gallery in memory, and would be its own candidate: call with one batch to compare it "
                      "with itself, or give both batches sample ids");
    }
}

/// Refuses a relation that is given for the wrong batch, or is not one of these.
template <class A, class B>
void check_relation(const BatchRules& rules, const Batch<A>& queries, const Batch<B>& gallery)
{
    if (!rules.self && gallery.relation() != nullptr) {
        throw_rule(rules.verb, "the relation is given for the gallery, but belongs to the queries");
    }
    if (const Relation* const relation = queries.relation()) {
        if (relation->anchors() != queries.rows()) {
            throw_size_mismatch(rules.self ? "Relation: the batch" : "Relation: the queries", queries.rows(),
                                relation->anchors(), "anchors in the relation");
        }
        if (relation->candidates() != gallery.rows()) {
            throw_size_mismatch(rules.self ? "Relation: the batch" : "Relation: the gallery", gallery.rows(),
                                relation->candidates(), "candidates in the relation");
        }
    }
}

/// Refuses batches of which nothing says who is positive for whom.
template <class A, class B>
void check_related(const BatchRules& rules, const Batch<A>& queries, const Batch<B>& gallery)
{
    if (queries.relation() != nullptr || (queries.has_labels() && gallery.has_labels())) {
        return;
    }
    throw_rule(rules.verb, rules.self ? "the batch has no labels, but needs them, or a relation"
                           : queries.has_labels()
                               ? "the gallery has no labels, but needs them as the queries do, or these a relation"
                           : gallery.has_labels()
                               ? "the queries have no labels, but need them as the gallery does, or a relation"
                               : "neither queries nor gallery have labels, but both need them, or the queries a "
                                 "relation");
}

/// Refuses options that make no sense. Every verb does so before any work.
inline void check_options(const Options& options)
{
    check_threads(options);
    isa::resolve(options.isa);
}

/// Refuses batches that a verb cannot work on, and options that make no sense.
template <class A, class B>
void check_batches(const BatchRules& rules, const Batch<A>& queries, const Batch<B>& gallery, const Options& options)
{
    static_assert(std::is_same_v<typename Batch<A>::Compute, typename Batch<B>::Compute>,
                  "mohs: double rows cannot be compared with float or 16-bit rows");
    check_options(options);
    check_relation(rules, queries, gallery);
    if (rules.needs_relation) {
        check_related(rules, queries, gallery);
    }
    if (queries.dimension() != gallery.dimension()) {
        throw_wrong_columns(rules.verb, queries.dimension(), gallery.dimension());
    }
    const auto check_both = [&](const char* what, bool first, bool second) {
        if (first != second) {
            throw_invalid(std::string(rules.verb) + ": " + what + " are given for the " +
                          (first ? "queries" : "gallery") + " only, but are needed for both or neither");
        }
    };
    if (queries.relation() == nullptr) {
        check_both("labels", queries.has_labels(), gallery.has_labels());
    }
    check_both("sample ids", queries.has_ids(), gallery.has_ids());
    if (!rules.self && !rules.told_apart) {
        check_shared_rows(rules.verb, queries, gallery);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
