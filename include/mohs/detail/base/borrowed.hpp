#pragma once

/// \file
/// What a batch may view: rows, integers and roles that stay alive after the call. What is refused has a concept of its
/// own, for deleted overloads that say why.

#include <mohs/detail/base/check.hpp>
#include <mohs/types.hpp>

#include <concepts>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

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

template <class Range>
using Bare = std::remove_cvref_t<Range>;

/// Whether a range outlives the call: an lvalue, or a borrowed view such as std::span.
template <class Range>
inline constexpr bool is_borrowed = std::is_lvalue_reference_v<Range> || std::ranges::borrowed_range<Bare<Range>>;

/// Contiguous integers.
template <class Range>
concept Integers = requires(const Bare<Range>& range) {
    requires std::convertible_to<decltype(*range.data()), std::int64_t>;
    requires std::convertible_to<decltype(range.size()), Index>;
    requires std::integral<Bare<decltype(*range.data())>>;
    requires !std::same_as<Bare<decltype(*range.data())>, bool>;
};

template <class Range>
concept BorrowedIntegers = Integers<Range> && is_borrowed<Range>;
template <class Range>
concept TemporaryIntegers = Integers<Range> && !is_borrowed<Range>;
template <class Range>
concept NotIntegers = !Integers<Range>;

template <BorrowedIntegers Range>
IntegerView view_integers(const Range& range, const char* name, const char* verb = "Batch")
{
    if constexpr (requires { range.innerStride(); }) {
        if (range.size() > 1 && range.innerStride() != 1) {
            throw_invalid(std::string(verb) + ": " + name + " must be contiguous, but their stride is " +
                          std::to_string(range.innerStride()));
        }
    }
    // An empty container may have no data; one element of a static keeps "no labels" and "labels of no rows" apart.
    static constexpr std::remove_cvref_t<decltype(*range.data())> none{};
    return {range.size() == 0 ? &none : range.data(), static_cast<Index>(range.size())};
}

template <class Range, class Element>
concept BorrowedSpan = std::convertible_to<Range, std::span<const Element>> && is_borrowed<Range>;
template <class Range, class Element>
concept TemporarySpan = std::convertible_to<Range, std::span<const Element>> && !is_borrowed<Range>;

/// Eigen matrices, views and expressions.
template <class Rows>
concept EigenRows = std::is_base_of_v<Eigen::DenseBase<Bare<Rows>>, Bare<Rows>>;

/// Those whose elements can be addressed.
template <class Rows>
concept DirectRows = EigenRows<Rows> && bool(Bare<Rows>::Flags & Eigen::DirectAccessBit);

/// A plain matrix, or a Ref to const (which may own a copy), dies with the full expression when it is a temporary.
template <class Rows>
struct OwnsRows : std::bool_constant<std::is_base_of_v<Eigen::PlainObjectBase<Bare<Rows>>, Bare<Rows>>> {};
template <class Rows, int Options, class Stride>
struct OwnsRows<Eigen::Ref<const Rows, Options, Stride>> : std::true_type {};

template <class Rows>
concept TemporaryRows = DirectRows<Rows> && !std::is_lvalue_reference_v<Rows> && OwnsRows<Bare<Rows>>::value;
template <class Rows>
concept BorrowedRows = DirectRows<Rows> && !TemporaryRows<Rows> && is_row_scalar<typename Bare<Rows>::Scalar>;
template <class Rows>
concept LazyRows = EigenRows<Rows> && !DirectRows<Rows>;

/// The scalar of Eigen rows; void for anything else.
template <class Rows>
struct RowScalar {
    using Type = void;
};
template <EigenRows Rows>
struct RowScalar<Rows> {
    using Type = typename Bare<Rows>::Scalar;
};

}  // namespace mohs::inline MOHS_ABI::detail
