#include "../peers.hpp"

#include <cblas.h>
#include <dlfcn.h>

/// The Fortran symbol, which FAISS and libtorch call: whichever library has it first.
extern "C" void sgemm_();

namespace compare {
namespace {

class OpenBlas final : public Blas {
public:
    [[nodiscard]] std::string description() const override
    {
        std::string result = std::string(openblas_get_config()) + ", kernels of " + kernels();
        Dl_info info{};
        if (dladdr(reinterpret_cast<void*>(&sgemm_), &info) != 0) {
            result += std::string("; sgemm_ of the other peers is in ") + info.dli_fname;
        }
        return result;
    }
    [[nodiscard]] std::string kernels() const override { return openblas_get_corename(); }
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
