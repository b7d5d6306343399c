//! The one integration binary: one module a subject, each under `#[cfg(test)]` so that it may unwrap.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod config;
#[cfg(test)]
mod door;
#[cfg(test)]
mod house;
#[cfg(test)]
mod live;
#[cfg(test)]
mod pty;
#[cfg(test)]
mod real_fhir;
#[cfg(test)]
mod scenes;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod wire;
