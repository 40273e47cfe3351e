#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// A uniform choice among the negatives that are strictly farther than the triplet's positive, by less than `margin`;
/// no triplet where there is none. With AllPositives and SquaredEuclidean this is FaceNet (Schroff et al. 2015, whose
/// code takes one random negative per pair; margin 0.2).
///
/// For distances d(a, p) < d(a, n) < d(a, p) + margin; for similarities s(a, p) > s(a, n) > s(a, p) - margin. The
/// near end is decided on kernel scores, the margin on exact values. Draws are keyed by seed, `Options::step` and the
/// sample ids of anchor, positive and candidate; rows of one sample are different candidates, and equally likely. Of n
/// candidates none is likelier than another by more than about n / 2^32.
struct SemiHardRandom {
    static constexpr Pick negative_pick = Pick::random;
    static constexpr Beyond beyond = Beyond::positive;
    static constexpr Within within = Within::margin;

    double margin = 0.2;
    std::uint64_t seed = 0;
};

}  // namespace mohs::inline MOHS_ABI
