#pragma once

/// \file
/// Elements as files store them, little endian, and what they are in memory.

#include <mohs/types.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

/// `f.template operator()<Element>()` for the type of a kind; `void` stands for no kind.
template <class Function>
decltype(auto) with_element_of(ScalarKind kind, const Function& f)
{
    switch (kind) {
        case ScalarKind::float16: return f.template operator()<Eigen::half>();
        case ScalarKind::bfloat16: return f.template operator()<Eigen::bfloat16>();
        case ScalarKind::float32: return f.template operator()<float>();
        case ScalarKind::float64: return f.template operator()<double>();
        case ScalarKind::int8: return f.template operator()<std::int8_t>();
        case ScalarKind::uint8: return f.template operator()<std::uint8_t>();
        case ScalarKind::int16: return f.template operator()<std::int16_t>();
        case ScalarKind::uint16: return f.template operator()<std::uint16_t>();
        case ScalarKind::int32: return f.template operator()<std::int32_t>();
        case ScalarKind::uint32: return f.template operator()<std::uint32_t>();
        case ScalarKind::int64: return f.template operator()<std::int64_t>();
        case ScalarKind::uint64: break;
    }
    return f.template operator()<std::uint64_t>();
}

/// The kind of a type that `with_element_of` names.
template <class Element>
inline constexpr ScalarKind scalar_kind_of = std::is_same_v<Element, Eigen::half>       ? ScalarKind::float16
                                             : std::is_same_v<Element, Eigen::bfloat16> ? ScalarKind::bfloat16
                                             : std::is_same_v<Element, float>           ? ScalarKind::float32
                                             : std::is_same_v<Element, double>          ? ScalarKind::float64
                                             : std::is_same_v<Element, std::int8_t>     ? ScalarKind::int8
                                             : std::is_same_v<Element, std::uint8_t>    ? ScalarKind::uint8
                                             : std::is_same_v<Element, std::int16_t>    ? ScalarKind::int16
                                             : std::is_same_v<Element, std::uint16_t>   ? ScalarKind::uint16
                                             : std::is_same_v<Element, std::int32_t>    ? ScalarKind::int32
                                             : std::is_same_v<Element, std::uint32_t>   ? ScalarKind::uint32
                                             : std::is_same_v<Element, std::int64_t>    ? ScalarKind::int64
                                                                                        : ScalarKind::uint64;

inline std::size_t size_of(ScalarKind kind)
{
    return with_element_of(kind, []<class Element>() { return sizeof(Element); });
}

inline bool is_integer(ScalarKind kind)
{
    return with_element_of(kind, []<class Element>() { return std::is_integral_v<Element>; });
}

/// An element at any address.
template <class Element>
Element load_element(const std::byte* from)
{
    Element element;
    std::memcpy(&element, from, sizeof(Element));
    return element;
}

/// From the order of bytes in files to that of this machine, in place; the other way round it is the same.
inline void order_bytes(ScalarKind kind, std::byte* elements, std::size_t count)
{
    if constexpr (std::endian::native == std::endian::big) {
        const std::size_t size = size_of(kind);
        for (std::size_t i = 0; size > 1 && i < count; ++i) {
            std::reverse(elements + i * size, elements + (i + 1) * size);
        }
    }
}

/// One element as another type. 16-bit floats go through float; what does not fit becomes infinite, as hardware rounds.
template <class To, class From>
To convert_element(From value)
{
    constexpr bool to_half = std::is_same_v<To, Eigen::half> || std::is_same_v<To, Eigen::bfloat16>;
    if constexpr (std::is_same_v<To, From>) {
        return value;
    } else if constexpr (to_half) {
        return To(static_cast<float>(value));
    } else {
        return static_cast<To>(value);
    }
}

/// `count` elements, in this machine's order of bytes and at any address, as `To`.
template <class To>
void convert_elements(ScalarKind kind, const std::byte* from, std::size_t count, To* to)
{
    with_element_of(kind, [&]<class From>() {
        if constexpr (!std::is_integral_v<To> || std::is_integral_v<From>) {
            for (std::size_t i = 0; i < count; ++i) {
                to[i] = convert_element<To>(load_element<From>(from + i * sizeof(From)));
            }
        }
    });
}

}  // namespace mohs::inline MOHS_ABI::detail
