#pragma once

/// \file
/// Batch: rows of embeddings with their labels and sample ids, as a view.

#include <mohs/detail/bits.hpp>
#include <mohs/detail/check.hpp>
#include <mohs/relation.hpp>

#include <concepts>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>

namespace mohs::inline MOHS_ABI {

namespace detail {

/// View of contiguous integers of any type.
class IntegerView {
public:
    IntegerView() = default;

    template <std::integral Integer>
    IntegerView(const Integer* data, Index size)
        : data_(data), size_(size), read_([](const void* from, Index begin, Index count, std::int64_t* to) {
              for (Index i = 0; i < count; ++i) {
                  to[i] = static_cast<std::int64_t>(static_cast<const Integer*>(from)[begin + i]);
              }
          })
    {
    }

    [[nodiscard]] Index size() const { return size_; }
    [[nodiscard]] bool empty() const { return data_ == nullptr; }
    [[nodiscard]] std::int64_t operator[](Index i) const
    {
        std::int64_t value = 0;
        read_(data_, i, 1, &value);
        return value;
    }
    /// All of them, for those who read them often.
    void copy_to(std::int64_t* to) const { read_(data_, 0, size_, to); }

private:
    const void* data_ = nullptr;
    Index size_ = 0;
    void (*read_)(const void*, Index begin, Index count, std::int64_t* to) = nullptr;
};

/// Contiguous integers that stay alive after the call: an lvalue, or a borrowed view such as std::span.
template <class Range>
concept Integers = requires(const std::remove_cvref_t<Range>& range) {
    requires std::convertible_to<decltype(*range.data()), std::int64_t>;
    requires std::convertible_to<decltype(range.size()), Index>;
    requires std::integral<std::remove_cvref_t<decltype(*range.data())>>;
    requires !std::same_as<std::remove_cvref_t<decltype(*range.data())>, bool>;
};

template <class Range>
concept BorrowedIntegers =
    Integers<Range> && (std::is_lvalue_reference_v<Range> || std::ranges::borrowed_range<std::remove_cvref_t<Range>>);

template <BorrowedIntegers Range>
IntegerView view_integers(const Range& range, const char* name)
{
    if constexpr (requires { range.innerStride(); }) {
        if (range.size() > 1 && range.innerStride() != 1) {
            throw_invalid(std::string("Batch: ") + name + " must be contiguous, but their stride is " +
                          std::to_string(range.innerStride()));
        }
    }
    // An empty container may have no data; one element of a static keeps "no labels" and "labels of no rows" apart.
    static constexpr std::remove_cvref_t<decltype(*range.data())> none{};
    return {range.size() == 0 ? &none : range.data(), static_cast<Index>(range.size())};
}

template <class Rows>
using Bare = std::remove_cvref_t<Rows>;

/// Eigen matrices and views whose elements can be addressed.
template <class Rows>
concept DirectRows =
    std::is_base_of_v<Eigen::DenseBase<Bare<Rows>>, Bare<Rows>> && bool(Bare<Rows>::Flags & Eigen::DirectAccessBit);

/// A plain matrix, or a Ref to const (which may own a copy), dies with the full expression when it is a temporary.
template <class Rows>
struct OwnsRows : std::bool_constant<std::is_base_of_v<Eigen::PlainObjectBase<Bare<Rows>>, Bare<Rows>>> {};
template <class Rows, int Options, class Stride>
struct OwnsRows<Eigen::Ref<const Rows, Options, Stride>> : std::true_type {};

template <class Rows>
concept BorrowedRows = DirectRows<Rows> && is_row_scalar<typename Bare<Rows>::Scalar> &&
                       (std::is_lvalue_reference_v<Rows> || !OwnsRows<Bare<Rows>>::value);

}  // namespace detail

/// A non-owning view of a batch: N rows of D elements, optionally with a label and a sample id per row.
///
/// Rows come from any Eigen matrix, Map, Ref or block with direct access: row- or column-major, any strides. Lazy
/// expressions and temporaries that own their data do not compile: evaluate them into a variable first, which has to
/// outlive the batch. 16-bit rows are computed with in float, double in double.
///
/// Labels are contiguous integers: rows with equal labels are positives of one another. Without labels, every other
/// row counts as a negative. Sample ids say which rows are the same sample: such pairs are never compared. Without
/// ids, a row of a self-scan is the same sample as itself, and two different batches share none. So where neither ids
/// nor a relation nor tuples say who is who, queries and a gallery that view the same rows in memory are refused: every
/// row would be its own nearest candidate, and its own positive. A batch is compared with itself by the call with one.
///
/// Zero rows are legal. Throws std::invalid_argument if there are no columns, or if the numbers of rows and labels or
/// ids differ. Costs O(1).
template <class Scalar_>
class Batch {
public:
    static_assert(detail::is_row_scalar<Scalar_>,
                  "mohs::Batch: rows must be float, double, Eigen::half or Eigen::bfloat16");
    using Scalar = Scalar_;
    using Compute = typename detail::ComputeOf<Scalar>::Type;

    template <detail::BorrowedRows Rows>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    explicit Batch(Rows&& rows) : data_(rows.data()), rows_(rows.rows()), dimension_(rows.cols())
    {
        const bool by_row = detail::Bare<Rows>::IsRowMajor;
        row_stride_ = by_row ? rows.outerStride() : rows.innerStride();
        column_stride_ = by_row ? rows.innerStride() : rows.outerStride();
        if (dimension_ == 0) {
            detail::throw_invalid("Batch: the rows have 0 columns, but embeddings need at least 1");
        }
        if (rows_ > detail::max_rows) {
            detail::throw_invalid("Batch: " + std::to_string(rows_) + " rows, but at most 2^31 - 64 are supported");
        }
    }

    template <detail::BorrowedRows Rows, detail::BorrowedIntegers Labels>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    Batch(Rows&& rows, Labels&& labels) : Batch(rows)
    {
        labels_ = detail::view_integers<Labels>(labels, "labels");
        if (labels_.size() != rows_) {
            detail::throw_size_mismatch("Batch", rows_, labels_.size(), "labels");
        }
    }

    /// The same rows and labels, with sample ids. `ids` has to outlive the batch.
    template <detail::BorrowedIntegers Ids>
    [[nodiscard]] Batch with_ids(Ids&& ids) const
    {
        Batch result = *this;
        result.ids_ = detail::view_integers<Ids>(ids, "ids");
        if (result.ids_.size() != rows_) {
            detail::throw_size_mismatch("Batch", rows_, result.ids_.size(), "ids");
        }
        return result;
    }

    /// The same rows as anchors of `relation`, which stands in for labels and has to outlive the batch.
    [[nodiscard]] Batch related_by(const Relation& relation) const
    {
        Batch result = *this;
        result.relation_ = &relation;
        return result;
    }
    Batch related_by(Relation&&) const = delete;

    /// The same with a role per row: a row is only used as what its role says. `roles` has to outlive the batch.
    [[nodiscard]] Batch with_roles(std::span<const Role> roles) const
    {
        if (static_cast<Index>(roles.size()) != rows_) {
            detail::throw_size_mismatch("Batch", rows_, static_cast<long long>(roles.size()), "roles");
        }
        Batch result = *this;
        result.roles_ = roles;
        return result;
    }

    /// The same where rows of this label are of unknown class: they are left out.
    [[nodiscard]] Batch with_unknown_label(std::int64_t label) const
    {
        if (!has_labels()) {
            detail::throw_invalid("Batch: there are no labels, of which one could stand for unknown");
        }
        Batch result = *this;
        result.unknown_ = label;
        return result;
    }

    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index dimension() const { return dimension_; }
    [[nodiscard]] bool has_labels() const { return !labels_.empty(); }
    [[nodiscard]] bool has_ids() const { return !ids_.empty(); }

    [[nodiscard]] const Relation* relation() const { return relation_; }
    [[nodiscard]] bool has_roles() const { return !roles_.empty(); }
    [[nodiscard]] Role role(Index row) const
    {
        return roles_.empty() ? Role::any : roles_[static_cast<std::size_t>(row)];
    }
    /// Whether nothing is known of the class of a row.
    [[nodiscard]] bool is_unknown(Index row) const { return unknown_ && labels_[row] == *unknown_; }

    /// The label of a row. Only with labels.
    [[nodiscard]] std::int64_t label(Index row) const { return labels_[row]; }
    /// The labels of all rows, by row.
    void copy_labels(std::int64_t* to) const { labels_.copy_to(to); }
    /// The sample id of a row, or its number where there are no ids.
    [[nodiscard]] std::int64_t id(Index row) const { return has_ids() ? ids_[row] : row; }

    [[nodiscard]] Compute at(Index row, Index column) const
    {
        return static_cast<Compute>(data_[row * row_stride_ + column * column_stride_]);
    }

    /// Element (i, k) is at data()[i * row_stride() + k * column_stride()].
    [[nodiscard]] const Scalar* data() const { return data_; }
    [[nodiscard]] Index row_stride() const { return row_stride_; }
    [[nodiscard]] Index column_stride() const { return column_stride_; }

private:
    const Scalar* data_;
    Index rows_, dimension_;
    Index row_stride_ = 0, column_stride_ = 0;
    detail::IntegerView labels_, ids_;
    const Relation* relation_ = nullptr;
    std::span<const Role> roles_;
    std::optional<std::int64_t> unknown_;
};

template <class Rows>
Batch(Rows&&) -> Batch<typename detail::Bare<Rows>::Scalar>;
template <class Rows, class Labels>
Batch(Rows&&, Labels&&) -> Batch<typename detail::Bare<Rows>::Scalar>;

}  // namespace mohs::inline MOHS_ABI
