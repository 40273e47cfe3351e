#pragma once

/// \file
/// Batches with relations, roles, sample ids, unknown labels and rows that are not finite, and what every pair of theirs
/// is by definition: for the tests of losses and evaluation over all pairs.

#include "reference.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace relations {

using mohs::Index;
using mohs::Related;
using mohs::Role;
using reference::Table;

/// Rows with whatever a batch may say of them; what it does not say is empty.
struct Side {
    Table rows;
    std::vector<std::int64_t> labels = {}, ids = {};
    std::vector<Role> roles = {};
    std::vector<bool> bad = {};  ///< rows that are not finite
    bool has_unknown = false;

    static constexpr std::int64_t unknown_label = 3;

    [[nodiscard]] Index size() const { return rows.rows(); }
    [[nodiscard]] bool is_bad(Index row) const { return !bad.empty() && bad[static_cast<std::size_t>(row)]; }
    /// Finite, but of unknown class.
    [[nodiscard]] bool is_unknown(Index row) const
    {
        return has_unknown && !is_bad(row) && labels[static_cast<std::size_t>(row)] == unknown_label;
    }
    [[nodiscard]] bool takes_part(Index row) const { return !is_bad(row) && !is_unknown(row); }
    [[nodiscard]] bool may_be(Index row, Role role) const
    {
        return roles.empty() || (static_cast<int>(roles[static_cast<std::size_t>(row)]) & static_cast<int>(role)) != 0;
    }

    [[nodiscard]] Index count_if(const std::function<bool(Index)>& holds) const;

    /// `elements` are those of `rows`, perhaps of another type.
    template <class Scalar>
    [[nodiscard]] mohs::Batch<Scalar> batch(const mohs::MatrixOf<Scalar>& elements) const
    {
        mohs::Batch<Scalar> result =
            labels.empty() ? mohs::Batch<Scalar>(elements) : mohs::Batch<Scalar>(elements, labels);
        result = ids.empty() ? result : result.with_ids(ids);
        result = roles.empty() ? result : result.with_roles(roles);
        return has_unknown ? result.with_unknown_label(unknown_label) : result;
    }
};

/// What the columns of a table are to its rows as anchors.
struct Kinds {
    Index rows, columns;
    std::vector<Related> kinds = {};

    [[nodiscard]] Related operator()(Index row, Index column) const
    {
        return kinds[static_cast<std::size_t>(row * columns + column)];
    }
    [[nodiscard]] Index count(Index row, Related kind) const;
};

struct Problem {
    std::string name;
    bool self;
    Side queries;
    Side other = {};  ///< the gallery, unless `self`
    Side own = {};    ///< two further negatives of each query, for losses that take them
    std::function<Related(Index query, Index candidate)> listed = {};
    std::shared_ptr<const mohs::Relation> relation = nullptr;  ///< null: by label
    bool paired = false;                                       ///< rows of one number are partners, whatever their ids

    [[nodiscard]] const Side& candidates() const { return self ? queries : other; }

    /// The candidates as the queries see them, and the queries as the candidates do: `listed`, of two samples that take
    /// part, if anchor and candidate have the role for it.
    [[nodiscard]] Kinds forward() const;
    [[nodiscard]] Kinds backward() const;
    /// Whether row `row` of `own` is a negative of its query.
    [[nodiscard]] bool is_own_negative(Index row) const;

    template <class Scalar>
    [[nodiscard]] mohs::Batch<Scalar> query_batch(const mohs::MatrixOf<Scalar>& elements) const
    {
        const mohs::Batch<Scalar> plain = queries.batch<Scalar>(elements);
        return relation == nullptr ? plain : plain.related_by(*relation);
    }

private:
    [[nodiscard]] Related before_roles(Index query, Index candidate) const;
    /// Whether a row that a relation lists as a positive of a query has this id.
    [[nodiscard]] bool is_copy_of_positive(Index query, std::int64_t id) const;
};

/// Every kind of relation, in a batch and in a gallery, each alone and with roles, ids, unknown labels and rows that are
/// not finite. About as large as told.
std::vector<Problem> all_problems(Index queries, Index candidates, Index dimension);

/// Those with everything at once, and a plain one whose rows are mostly listed by others only.
std::vector<Problem> full_problems(Index queries, Index candidates, Index dimension);

/// The same rows with labels, and with a relation that says the same.
std::vector<std::pair<Problem, Problem>> labels_and_relations(Index queries, Index candidates, Index dimension);

/// Cosines of all rows of `a` and `b`, or their Euclidean distances.
Table cosines(const Table& a, const Table& b);
Table distances(const Table& a, const Table& b);

/// What a row was to be reported as.
mohs::Report expected_rows(const Side& anchors, const Side& candidates);

}  // namespace relations
