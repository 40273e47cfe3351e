#include <mohs/mohs.hpp>

#include <vector>

mohs::Index neighbours()
{
    const mohs::Matrix rows = mohs::Matrix::Random(4, 2);
    const std::vector<int> labels{0, 0, 1, 1};
    return mohs::NearestNeighbours{mohs::Cosine{}, {.k = 1}}(mohs::Batch{rows, labels}).rows();
}
