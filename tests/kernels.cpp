#include "kernels.hpp"

namespace mohs::inline MOHS_ABI::detail {
MOHS_STEPS()
}
namespace mohs::inline MOHS_ABI::detail::isa {
MOHS_KERNELS()
}
