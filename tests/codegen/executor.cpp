// The kernels as a type-erased executor reaches them, in a build without OpenMP.
#include "kernels.hpp"

#include <functional>
#include <thread>

static void parallel_for(mohs::Index count, const std::function<void(mohs::Index)>& body)
{
    std::vector<std::thread> threads;
    for (mohs::Index i = 0; i < count; ++i) {
        threads.emplace_back(body, i);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

mohs::Triplets<mohs::Cosine> mine_floats(const mohs::MatrixOf<float>& rows, const std::vector<int>& labels);
mohs::Triplets<mohs::Cosine> mine_floats(const mohs::MatrixOf<float>& rows, const std::vector<int>& labels)
{
    return mine(rows, labels, {.threads = 2, .executor = parallel_for});
}

mohs::Triplets<mohs::Cosine> mine_doubles(const mohs::MatrixOf<double>& rows, const std::vector<int>& labels);
mohs::Triplets<mohs::Cosine> mine_doubles(const mohs::MatrixOf<double>& rows, const std::vector<int>& labels)
{
    return mine(rows, labels, {.threads = 2, .executor = parallel_for});
}
