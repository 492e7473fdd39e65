"""The domain of Confer: referrals, cases and who may read which part of them."""
