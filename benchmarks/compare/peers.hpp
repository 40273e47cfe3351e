#pragma once

/// \file
/// The libraries that mohs is compared with. Each has a file of its own, which is replaced by one that finds nothing
/// where the library is not installed.

#include "blas_kernels.hpp"

#include <mohs/types.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace compare {

using mohs::Index;

/// OpenBLAS: the product that everybody starts from.
class Blas {
public:
    static constexpr const char* package = "libopenblas-dev";

    virtual ~Blas() = default;
    /// Version and build options.
    [[nodiscard]] virtual std::string description() const = 0;
    /// The processor whose kernels it took.
    [[nodiscard]] virtual std::string kernels() const = 0;
    /// The file with the product that the other peers call, if it is not that of OpenBLAS; else empty.
    [[nodiscard]] virtual std::string product_of_others() const = 0;
    virtual void use_threads(int threads) = 0;
    /// scores = rows rows^T, all of it; row-major.
    virtual void multiply(const float* rows, Index n, Index d, float* scores) = 0;
    virtual void multiply(const double* rows, Index n, Index d, double* scores) = 0;
};

/// FAISS: IndexFlatIP, exact search by inner product.
class FlatIndex {
public:
    static constexpr const char* package = "libfaiss-dev";

    virtual ~FlatIndex() = default;
    [[nodiscard]] virtual std::string description() const = 0;
    /// Of what it does beside products, which BLAS computes.
    [[nodiscard]] virtual VectorClass vectors() const = 0;
    /// Forgets what it had, and copies these.
    virtual void assign(const float* rows, Index n, Index d) = 0;
    virtual void use_threads(int threads) = 0;
    /// The k best of each query, best first.
    virtual void search(const float* queries, Index n, Index k, float* values, std::int64_t* rows) = 0;
};

/// libtorch: losses by its own operators and their derivatives.
class Torch {
public:
    static constexpr const char* package = "libtorch-dev";

    virtual ~Torch() = default;
    [[nodiscard]] virtual std::string description() const = 0;
    /// Of its operators but products, which BLAS computes.
    [[nodiscard]] virtual VectorClass vectors() const = 0;
    virtual void use_threads(int threads) = 0;

    /// A loss of given rows.
    class Loss {
    public:
        virtual ~Loss() = default;
        /// Value, and gradients anew.
        virtual double step() = 0;
        /// By the queries (0), or the candidates (1); row-major.
        [[nodiscard]] virtual std::span<const float> gradient(int of) const = 0;
    };
    /// Cross entropy over all candidates, candidate i for query i, of cosine / temperature.
    [[nodiscard]] virtual std::unique_ptr<Loss> info_nce(const mohs::Matrix& queries, const mohs::Matrix& candidates,
                                                         double temperature) = 0;
    /// Cross entropy over all other rows, partners[i] for row i, of cosine / temperature.
    [[nodiscard]] virtual std::unique_ptr<Loss> nt_xent(const mohs::Matrix& rows,
                                                        std::span<const std::int64_t> partners, double temperature) = 0;
};

/// Null where it is not installed.
std::unique_ptr<Blas> open_blas();
std::unique_ptr<FlatIndex> open_faiss();
std::unique_ptr<Torch> open_torch();

struct Peers {
    std::unique_ptr<Blas> blas = open_blas();
    std::unique_ptr<FlatIndex> faiss = open_faiss();
    std::unique_ptr<Torch> torch = open_torch();
    KernelChoice choice = KernelChoice::of_this_process();

    /// Of OpenBLAS; without it, `baseline`.
    [[nodiscard]] PeerClass blas_class() const { return blas ? choice.peer_class(blas->kernels()) : PeerClass{}; }
    /// Of a peer that computes with `vectors`, and products with BLAS: a BLAS that is not known counts as `baseline`.
    [[nodiscard]] PeerClass class_with_products(VectorClass vectors) const
    {
        const bool known = blas && blas->product_of_others().empty();
        return lower({vectors}, known ? blas_class() : PeerClass{});
    }
};

}  // namespace compare
