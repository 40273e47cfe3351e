// Prints a digest of the bits of every kind of result, at every instruction set of the machine. What is compiled with other
// flags has to print the same.

#include <mohs/mohs.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <vector>

namespace {

using mohs::Index;

/// FNV-1a over bytes.
class Digest {
public:
    template <class T>
    void add(const T* values, Index count)
    {
        std::vector<unsigned char> bytes(static_cast<std::size_t>(count) * sizeof(T));
        if (!bytes.empty()) {
            std::memcpy(bytes.data(), values, bytes.size());
        }
        for (const unsigned char byte : bytes) {
            state_ = (state_ ^ byte) * 0x100000001B3U;
        }
    }
    template <class Values>
    void add_all(const Values& values)
    {
        add(values.data(), static_cast<Index>(values.size()));
    }
    void add(double value) { add(&value, 1); }
    [[nodiscard]] std::uint64_t value() const { return state_; }

private:
    std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// Rows of four per class with a common direction, made of integers, so that every compiler makes the same ones.
template <class T>
mohs::MatrixOf<T> rows(Index count, Index depth, std::uint64_t seed)
{
    mohs::MatrixOf<T> result(count, depth);
    std::uint64_t state = seed;
    const auto next = [&] {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<double>(static_cast<std::int64_t>(state >> 40) - (1 << 23)) / (1 << 21);
    };
    for (Index row = 0; row < count; ++row) {
        for (Index k = 0; k < depth; ++k) {
            const double shared = row % 4 == 0 ? 0 : static_cast<double>(result(row - row % 4, k)) / 2;
            result(row, k) = static_cast<T>(next() + shared);
        }
    }
    return result;
}

template <class T>
class Results {
public:
    explicit Results(mohs::IsaLevel level) : options_{.isa = level} {}

    void show_all()
    {
        show_metric<mohs::Cosine>();
        show_metric<mohs::DotProduct>();
        show_metric<mohs::Euclidean>();
        show_metric<mohs::SquaredEuclidean>();
        show_metric<mohs::Normalised<mohs::Euclidean>>();
        for (const double temperature : {0.07, 1.0}) {
            show_softmax<mohs::Cosine>({.temperature = temperature});
            show_softmax<mohs::DotProduct>({.temperature = temperature, .directions = mohs::Directions::both});
            show_softmax<mohs::Cosine>({.temperature = temperature, .positives = mohs::PositivesOf::pair});
        }
        Digest digest;
        const mohs::TripletMiner drawn{mohs::Cosine{}, mohs::AllPositives{}, mohs::DistanceWeightedNegative{}};
        add(drawn(batch_, options_), digest);
        show("drawn by distance", "cosine", digest);
    }

private:
    template <class Tuples>
    static void add(const Tuples& triplets, Digest& digest)
    {
        digest.add_all(triplets.positives());
        digest.add_all(triplets.negatives());
        digest.add_all(triplets.positive_values());
        digest.add_all(triplets.negative_values());
    }

    template <class Result>
    static void add_loss(const Result& result, Digest& digest)
    {
        digest.add(result.value);
        digest.add_all(result.gradient);
        if constexpr (requires { result.candidate_gradient; }) {
            digest.add_all(result.candidate_gradient);
        }
    }

    template <class M>
    void show_metric()
    {
        Digest mined, nearest, triplet, pairs, retrieval, verification;
        const mohs::TripletMiner hardest{M{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
        const mohs::TripletMiner semi_hard{M{}, mohs::AllPositives{}, mohs::SemiHardNegative{},
                                           mohs::MarginToPositive{}};
        add(hardest(batch_, options_), mined);
        add(semi_hard(batch_, options_), mined);
        const mohs::NearestNeighbours neighbours{M{}, {.k = 10}};
        const auto found = neighbours(batch_, other_, options_);
        nearest.add_all(found.indices());
        nearest.add_all(found.values());
        const mohs::TripletLoss softplus{M{}, {.shape = mohs::TripletShape::softplus}};
        add_loss(softplus(batch_, hardest(batch_, options_)), triplet);
        add_loss(mohs::ContrastiveLoss{M{}}(batch_, other_, options_), pairs);
        mohs::RetrievalMetrics{M{}}(batch_, options_).for_each([&](const char*, double x) { retrieval.add(x); });
        mohs::VerificationMetrics{M{}}(batch_, options_).for_each([&](const char*, double x) { verification.add(x); });
        show("triplets", M::name, mined);
        show("neighbours", M::name, nearest);
        show("triplet loss", M::name, triplet);
        show("contrastive loss", M::name, pairs);
        show("retrieval", M::name, retrieval);
        show("verification", M::name, verification);
    }

    template <class M>
    void show_softmax(const mohs::InfoNCEOptions& how)
    {
        Digest digest;
        add_loss(mohs::InfoNCE{M{}, how}(batch_, other_, options_), digest);
        show("softmax loss", M::name, digest);
    }

    void show(const char* what, const char* metric, const Digest& digest) const
    {
        std::cout << mohs::to_string(options_.isa) << ' ' << sizeof(T) << " bytes, " << metric << ", " << what << ": "
                  << std::hex << digest.value() << std::dec << '\n';
    }

    mohs::Options options_;
    mohs::MatrixOf<T> rows_ = rows<T>(331, 67, 1), others_ = rows<T>(331, 67, 2);
    std::vector<int> labels_ = [] {
        std::vector<int> result(331);
        for (std::size_t row = 0; row < result.size(); ++row) {
            result[row] = static_cast<int>(row / 4);
        }
        return result;
    }();
    mohs::Batch<T> batch_{rows_, labels_}, other_{others_, labels_};
};

}  // namespace

int main()
{
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        Results<float>(level).show_all();
        Results<double>(level).show_all();
    }
}
