#pragma once

#include <cstdint>
#include <string_view>

namespace text_retrieval {

/// FNV-1a of 64 bits, with its bits mixed so that the low ones are as good as any (the last step of SplitMix64).
constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0)
{
    std::uint64_t hash = 0xcbf29ce484222325U ^ seed;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
    return hash ^ (hash >> 31U);
}

}  // namespace text_retrieval
