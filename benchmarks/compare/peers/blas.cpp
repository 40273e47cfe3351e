#include "../peers.hpp"

#include <cblas.h>
#include <dlfcn.h>

/// The Fortran symbol, which FAISS and libtorch call: whichever library has it first.
extern "C" void sgemm_();

namespace compare {
namespace {

class OpenBlas final : public Blas {
public:
    [[nodiscard]] std::string description() const override { return openblas_get_config(); }
    [[nodiscard]] std::string kernels() const override { return openblas_get_corename(); }
    [[nodiscard]] std::string product_of_others() const override
    {
        Dl_info own{}, other{};
        const bool found = dladdr(reinterpret_cast<void*>(&openblas_get_corename), &own) != 0 &&
                           dladdr(reinterpret_cast<void*>(&sgemm_), &other) != 0;
        return !found ? "an unknown file" : own.dli_fbase == other.dli_fbase ? "" : other.dli_fname;
    }
    void use_threads(int threads) override { openblas_set_num_threads(threads); }
    void multiply(const float* rows, Index n, Index d, float* scores) override
    {
        const auto size = static_cast<blasint>(n), depth = static_cast<blasint>(d);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size, size, depth, 1, rows, depth, rows, depth, 0, scores,
                    size);
    }
    void multiply(const double* rows, Index n, Index d, double* scores) override
    {
        const auto size = static_cast<blasint>(n), depth = static_cast<blasint>(d);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size, size, depth, 1, rows, depth, rows, depth, 0, scores,
                    size);
    }
};

}  // namespace

std::unique_ptr<Blas> open_blas()
{
    return std::make_unique<OpenBlas>();
}

}  // namespace compare
