// A weak symbol that names mohs as a template argument only, for the test of the symbol check.
#include <mohs/types.hpp>

#include <vector>

template class std::vector<mohs::Candidate>;
