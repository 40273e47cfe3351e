#include "../peers.hpp"

#include <faiss/IndexFlat.h>
#include <faiss/utils/utils.h>
#include <omp.h>

#include <optional>

namespace compare {
namespace {

class FaissIndex final : public FlatIndex {
public:
    [[nodiscard]] std::string description() const override
    {
        return "FAISS " + std::to_string(FAISS_VERSION_MAJOR) + '.' + std::to_string(FAISS_VERSION_MINOR) + '.' +
               std::to_string(FAISS_VERSION_PATCH) + ", compiled for " + faiss::get_compile_options();
    }
    [[nodiscard]] VectorClass vectors() const override { return class_of_faiss(faiss::get_compile_options()); }
    void assign(const float* rows, Index n, Index d) override
    {
        index_.emplace(d);
        index_->add(n, rows);
    }
    void use_threads(int threads) override { omp_set_num_threads(threads); }
    void search(const float* queries, Index n, Index k, float* values, std::int64_t* rows) override
    {
        index_->search(n, queries, k, values, rows);
    }

private:
    std::optional<faiss::IndexFlatIP> index_;
};

}  // namespace

std::unique_ptr<FlatIndex> open_faiss()
{
    return std::make_unique<FaissIndex>();
}

}  // namespace compare
