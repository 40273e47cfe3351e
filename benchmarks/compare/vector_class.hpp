#pragma once

/// \file
/// Instruction sets of mohs and of its peers, on one scale, so that like is compared with like.

#include <mohs/config.hpp>
#include <mohs/isa.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace compare {

/// The widest vectors that code computes with. `baseline` is what every processor of the architecture has.
enum class VectorClass { baseline, avx, avx2, avx512 };

/// "SSE2" ("baseline" elsewhere than on x86), "AVX", "AVX2" or "AVX-512".
inline const char* to_string(VectorClass vectors)
{
    switch (vectors) {
        case VectorClass::avx: return "AVX";
        case VectorClass::avx2: return "AVX2";
        case VectorClass::avx512: return "AVX-512";
        default: return MOHS_X86 ? "SSE2" : "baseline";
    }
}

/// That of a level of mohs; `automatic` is resolved first.
inline VectorClass class_of(mohs::IsaLevel level)
{
    switch (mohs::detail::isa::resolve(level)) {
        case mohs::IsaLevel::avx512: return VectorClass::avx512;
        case mohs::IsaLevel::avx2: return VectorClass::avx2;
        default: return VectorClass::baseline;
    }
}

/// That of the kernels of OpenBLAS for a processor, by its name there. A name that is not known is `baseline`: nothing
/// is claimed against what cannot be told.
inline VectorClass class_of_kernels(std::string_view processor)
{
    const auto is_one_of = [=](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), processor) != names.end();
    };
    return is_one_of({"SapphireRapids", "Cooperlake", "SkylakeX"})                             ? VectorClass::avx512
           : is_one_of({"Haswell", "Zen"})                                                     ? VectorClass::avx2
           : is_one_of({"Sandybridge", "Bulldozer", "Piledriver", "Steamroller", "Excavator"}) ? VectorClass::avx
                                                                                               : VectorClass::baseline;
}

/// That of FAISS by what it says that it was compiled for, as in "OPTIMIZE AVX2 ".
inline VectorClass class_of_faiss(std::string_view options)
{
    const auto says = [=](std::string_view word) { return options.find(word) != std::string_view::npos; };
    return says("AVX512") ? VectorClass::avx512 : says("AVX2") ? VectorClass::avx2 : VectorClass::baseline;
}

/// That of the operators of libtorch by its configuration, which has a line like "CPU capability usage: AVX2".
inline VectorClass class_of_torch(std::string_view configuration)
{
    const std::string_view key = "CPU capability usage: ";
    const std::size_t begin = configuration.find(key);
    if (begin == std::string_view::npos) {
        return VectorClass::baseline;
    }
    const std::string_view usage = configuration.substr(begin + key.size());
    return usage.starts_with("AVX512") ? VectorClass::avx512
           : usage.starts_with("AVX2") ? VectorClass::avx2
                                       : VectorClass::baseline;
}

/// What a peer computes with.
struct PeerClass {
    VectorClass runs = VectorClass::baseline;
    /// The highest class of which kernels were tried. Above `runs` where the fastest kernels are not those with the
    /// widest vectors: then the others would only flatter mohs.
    VectorClass tried = runs;
};

/// Of a peer that computes with both.
inline PeerClass lower(const PeerClass& a, const PeerClass& b)
{
    return {std::min(a.runs, b.runs), std::min(a.tried, b.tried)};
}

/// Whether a target can be met against the peer: it is not held back to narrower vectors than mohs has.
inline bool is_fair(VectorClass mohs, const PeerClass& peer)
{
    return peer.tried >= mohs;
}

/// What becomes of a target: `refused` where the ratio would meet it, but the peer is held back.
enum class Verdict { none, met, missed, refused };

/// `peer` has no value where mohs is compared with itself or with a limit.
inline Verdict judge(const std::optional<double>& ratio, const std::optional<double>& target, VectorClass mohs,
                     const std::optional<PeerClass>& peer)
{
    if (!ratio || !target) {
        return Verdict::none;
    }
    return *ratio > *target ? Verdict::missed : peer && !is_fair(mohs, *peer) ? Verdict::refused : Verdict::met;
}

}  // namespace compare
